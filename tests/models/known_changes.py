"""What rpt_outcome_changes tells the attacker of `deductions`: PHQ-9, one session a patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reference_outcome_changes import NEW, differences

Inequality = tuple[Mapping[str, int], int]
FEW = 10

# The attacker's names of groups that rpt_assessment_outcomes shows.
NAMES = {
    "patients": "scored",
    "compared": "with_change",
    "reliably_improved": "improved",
    "reliably_deteriorated": "deteriorated",
}


def relations_of_changes(window: int, last_day: int) -> Iterator[Inequality]:
    """Who lies within whom, of those whose window is over."""
    baseline, compared, eligible, observed, important, improved, recovered = (
        f"{name}{window}"
        for name in (
            *("with_baseline", "with_change", "eligible", "eligible_observed"),
            *("eligible_important", "eligible_improved", "recovered"),
        )
    )
    for lesser, greater in (
        (baseline, f"c{last_day}"),
        # Who is scored counts with a baseline only, and can be compared.
        (f"scored{window}", compared),
        (compared, baseline),
        (eligible, baseline),
        (observed, eligible),
        (important, observed),
        (improved, important),
        (improved, f"improved{window}"),
        (recovered, improved),
    ):
        yield {lesser: 1, greater: -1}, 0
    # Who is both eligible and compared is eligible and observed.
    yield {compared: 1, eligible: 1, observed: -1, baseline: -1}, 0
    yield {f"deteriorated{window}": 1, important: 1, compared: -1}, 0
    yield {f"improved{window}": 1, improved: -1, compared: -1, observed: 1}, 0


def relations_between(earlier: int, later: int, days: tuple[int, int]) -> Iterator[Inequality]:
    """A baseline is the same in each window: who has one in the earlier alone has come less far."""
    for name in ("with_baseline", "eligible"):
        yield {f"{name}{later}": 1, f"{name}{earlier}": -1}, 0
        gone = {f"c{days[0]}": -1, f"c{days[1]}": 1}
        yield {f"{name}{earlier}": 1, f"{name}{later}": -1} | gone, 0


def told_by_changes(
    shown: Mapping[str, int | None], window: int, windows: Sequence[int]
) -> Iterator[list[list[Inequality]]]:
    """What it tells that a count of changes is withheld."""
    if shown[f"with_baseline{window}"] is None:
        # One window can be the reason for all of them.
        cases = [[({f"with_baseline{window}": 1}, 0)]]
        for other in windows:
            name = f"with_baseline{other}"
            cases += [[({name: 1}, FEW), ({name: -1}, -1)], *_few_beside(shown, name, other)]
        yield cases
    for group in NEW[1:]:
        name, observed = f"{group}{window}", f"eligible_observed{window}"
        if shown[name] is None and shown[observed] is not None:
            few = [[({name: 1}, FEW)], [({observed: 1, name: -1}, FEW)]]
            yield [*few, *_few_beside(shown, name, window)]


def _few_beside(
    shown: Mapping[str, int | None], name: str, window: int
) -> Iterator[list[Inequality]]:
    for one in differences("PHQ-9", name.removesuffix(str(window))):
        weights = {f"{NAMES.get(key, key)}{window}": sign for key, sign in one.items()}
        if all(shown.get(key) is not None for key in weights if key != name):
            less = {key: -sign for key, sign in weights.items()}
            yield [(weights, FEW), (less, -1)]


def secrets_of_changes(window: int) -> Iterator[Mapping[str, int]]:
    """The groups of changes whose size may not be known when they are small."""
    yield {f"with_baseline{window}": 1}
    for group in NEW[1:]:
        yield {f"{group}{window}": 1}
        yield {f"eligible_observed{window}": 1, f"{group}{window}": -1}
    yield {f"eligible_improved{window}": 1, f"recovered{window}": -1}
    yield {f"improved{window}": 1, f"eligible_improved{window}": -1}


def secrets_of_who_is_missing(
    counts: Mapping[str, int], window: int, last_day: int
) -> Iterator[Mapping[str, int]]:
    """Who of those with a baseline, or eligible, has no score, and who with one is not eligible.

    But not where all who have come so far, or all but one, are eligible, or have a score: then the
    number of those who have come tells how many are not.
    """
    baseline, compared, eligible, observed = (
        f"{name}{window}"
        for name in ("with_baseline", "with_change", "eligible", "eligible_observed")
    )
    if max(counts[compared], counts[eligible]) < counts[f"c{last_day}"] - 1:
        for whole, part in (
            (eligible, observed),
            (compared, observed),
            (baseline, compared),
            (baseline, eligible),
        ):
            yield {whole: 1, part: -1}
