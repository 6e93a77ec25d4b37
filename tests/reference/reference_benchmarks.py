"""The funnel of practitioners, once more in plain Python from docs/comparisons.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from reference_statistics import mean_of, rounded, square_root

# By measure the instrument, the column of its class, the word that counts, and the others.
RATES = {
    f"{code}_{outcome}_pct": (instrument, column, words)
    for code, instrument in {"phq9": "PHQ-9", "gad7": "GAD-7"}.items()
    for outcome, column, words in (
        ("response", "response_class", ("response", "no_response")),
        (
            "reliable_deterioration",
            "reliable_change_class",
            ("reliable_deterioration", "no_reliable_change", "reliable_improvement"),
        ),
    )
}
MEANS = (
    "pulse_check_adherence_pct",
    "assessment_adherence_pct",
    "overall_compliance_score",
    "composite_slope_per_30_days",
)
Z_95, Z_998 = Fraction("1.959964"), Fraction("3.090232")
LEAST_PATIENTS, LEAST_OUTCOMES = 10, 5


@dataclass(frozen=True)
class Patient:
    """Whom a measure has, once: with which practitioner, from which band, with what value."""

    practitioner: str
    band: str
    value: Fraction


@dataclass(frozen=True)
class Comparison:
    """A practitioner's patients beside what is expected of them; steps 4 to 9."""

    own: Sequence[Fraction]
    compared: Sequence[Fraction]
    network_patients: int
    network_practitioners: int
    expected: Fraction
    variance: Fraction
    is_comparable: bool

    @property
    def difference(self) -> Fraction:
        return mean_of(self.compared) - self.expected

    @property
    def signed_square(self) -> Fraction:
        """The square of z, with the sign of z."""
        return self.difference * abs(self.difference) / self.variance


def benchmarks(
    by_measure: Mapping[str, Sequence[Patient]],
    practitioners: Sequence[str],
    min_cell: int = 11,
) -> dict[tuple[str, str], tuple[object, ...]]:
    """Return by practitioner and measure the columns from `kind` on."""
    found: dict[tuple[str, str], tuple[object, ...]] = {}
    for measure in (*MEANS, *RATES):
        patients = by_measure[measure]
        is_rate = measure in RATES
        treated: dict[str, list[Patient]] = defaultdict(list)
        for patient in patients:
            treated[patient.practitioner].append(patient)
        all_of = {
            one: _comparison(own, patients, is_rate, min_cell) for one, own in treated.items()
        }
        for practitioner in practitioners:
            limits = _limits(measure, practitioner, all_of)
            found[practitioner, measure] = _row(all_of.get(practitioner), limits, is_rate)
    return found


def _comparison(
    own: Sequence[Patient], everybody: Sequence[Patient], is_rate: bool, min_cell: int
) -> Comparison:
    others = [one for one in everybody if one.practitioner != own[0].practitioner]
    network = {
        band: members
        for band in {one.band for one in own}
        if _may_be_shown(members := [o for o in others if o.band == band], is_rate, min_cell)
    }
    compared = [one for one in own if one.band in network]
    means = {band: mean_of([one.value for one in of]) for band, of in network.items()}
    n = len(compared)
    if not n:
        nothing = Fraction(0)
        return Comparison([one.value for one in own], [], 0, 0, nothing, nothing, False)
    expected = mean_of([means[one.band] for one in compared])
    squares = sum((one.value - means[band]) ** 2 for band, of in network.items() for one in of)
    pooled = Fraction(squares) / sum(len(of) - 1 for of in network.values())
    variance = Fraction(0)
    for band, members in network.items():
        own_n = sum(one.band == band for one in compared)
        of_one = means[band] * (100 - means[band]) if is_rate else pooled
        variance += own_n**2 * of_one * (Fraction(1, own_n) + Fraction(1, len(members))) / n**2
    enough = not is_rate or (
        expected * n / 100 >= LEAST_OUTCOMES and (100 - expected) * n / 100 >= LEAST_OUTCOMES
    )
    return Comparison(
        own=[one.value for one in own],
        compared=[one.value for one in compared],
        network_patients=sum(map(len, network.values())),
        network_practitioners=min(len({o.practitioner for o in of}) for of in network.values()),
        expected=expected,
        variance=variance,
        is_comparable=n >= LEAST_PATIENTS and variance > 0 and enough,
    )


def _may_be_shown(members: Sequence[Patient], is_rate: bool, min_cell: int) -> bool:
    sizes = _sizes([one.practitioner for one in members])
    if len(members) < min_cell or len(sizes) < 3 or 2 * max(sizes) > len(members):
        return False
    events = sum(one.value == 100 for one in members)
    return not is_rate or min(events, len(members) - events) >= min_cell


def _sizes(keys: Sequence[str]) -> list[int]:
    return [keys.count(key) for key in set(keys)]


def _limits(
    measure: str, practitioner: str, all_of: Mapping[str, Comparison]
) -> tuple[Decimal, ...] | None:
    """Return lower 99.8 and 95 %, upper 95 and 99.8 %; steps 10 and 11."""
    judged = {one: row for one, row in all_of.items() if row.is_comparable}
    others = [len(row.compared) for one, row in judged.items() if one != practitioner]
    if practitioner not in judged or len(others) < 3 or 2 * max(others) > sum(others):
        return None
    own = judged[practitioner]
    error = square_root(own.variance + _between(list(judged.values())))
    lowest, highest = (0, 100) if "slope" not in measure else (-7, 7)
    steps = (-Z_998 * error, -Z_95 * error, Z_95 * error, Z_998 * error)
    return tuple(
        rounded(min(max(own.expected + step, Fraction(lowest)), Fraction(highest)), 4)
        for step in steps
    )


def _between(rows: Sequence[Comparison]) -> Fraction:
    """Return the variance between practitioners, from winsorised squares; step 10."""
    squares = sorted(row.signed_square for row in rows)
    cut = -(-len(squares) // 10)
    low, high = squares[cut], squares[-cut - 1]
    q = sum(abs(min(max(square, low), high)) for square in squares)
    weights = [1 / row.variance for row in rows]
    divisor = sum(weights) - sum(w**2 for w in weights) / sum(weights)
    return max(Fraction(0), (q - (len(rows) - 1)) / divisor)


def _row(
    comparison: Comparison | None, limits: tuple[Decimal, ...] | None, is_rate: bool
) -> tuple[object, ...]:
    kind = "rate" if is_rate else "mean"
    if comparison is None:
        return kind, "not_computable", 0, None, 0, *(None,) * 8
    own = len(comparison.own), rounded(mean_of(comparison.own), 4)
    if not comparison.compared:
        return kind, "not_computable", *own, 0, *(None,) * 8
    value = rounded(mean_of(comparison.compared), 4)
    shown = (
        len(comparison.compared),
        value,
        comparison.network_patients,
        comparison.network_practitioners,
        rounded(comparison.expected, 4),
    )
    if limits is None:
        return kind, "not_computable", *own, *shown, *(None,) * 4
    return kind, _class(value, limits), *own, *shown, *limits


def _class(value: Decimal, limits: tuple[Decimal, ...]) -> str:
    lower_998, lower_95, upper_95, upper_998 = limits
    if value > upper_95:
        return "above_998" if value > upper_998 else "above_95"
    if value < lower_95:
        return "below_998" if value < lower_998 else "below_95"
    return "as_expected"
