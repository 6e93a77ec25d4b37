"""The rows of rpt_outcome_changes once more in plain Python: see `reference_outcome_changes`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import reference_follow_up
from reference import Id, IntegrationSession, Session
from reference_outcome_changes import Choice, choices, groups, shown
from reference_outcomes import INSTRUMENTS, Assessment, assessments
from reference_statistics import (
    mean_interval,
    mean_of,
    rounded,
    square_root,
    student_t_975,
    wilson_percent,
)

# What regression to the mean alone gives, in percent, to those at caseness: response, important
# improvement, reliable improvement, recovery.
CHANCES = {
    "PHQ-9": ("3.3", "13.7", "8.5", "4.2"),
    "GAD-7": ("1.1", "12.6", "12.6", "4.7"),
    "PSQI": (None, "9.9", "3.5", "0.6"),
    "WHOQOL-BREF": (None, None, None, None),
}


def are_too_alike(windows: Sequence[Mapping[str, Choice]], min_cell: int) -> list[bool]:
    """Whether a window compares all but a few of the sessions of a shorter one, and no others."""
    compared = [
        {(patient, one.session_id) for patient, one in chosen.items() if one.change is not None}
        for chosen in windows
    ]
    found = [False] * len(windows)
    for shorter, longer in combinations(range(len(windows)), 2):
        differing = {patient for patient, _ in compared[shorter] ^ compared[longer]}
        found[longer] |= len(differing) in range(1, min_cell)
    return found


def outcome_row(
    name: str,
    target: int,
    chosen: Mapping[str, Choice],
    is_too_alike: bool = False,
    min_cell: int = 11,
    are_baselines_told: bool = False,
) -> tuple[object, ...]:
    """Return the columns of rpt_outcome_changes, in its order."""
    sets = groups(name, chosen)
    seen = shown(name, sets, min_cell)
    if are_baselines_told:
        seen.pop("with_baseline", None)
    both = [one for one in chosen.values() if one.change is not None]
    before = [Fraction(one.baseline or 0) for one in both]
    changes = [Fraction(one.change or 0) for one in both]
    after = [first + change for first, change in zip(before, changes, strict=True)]
    stayed = [Fraction(one.change or 0) for one in chosen.values() if one.baseline is not None]
    has_change = "compared" in seen and not is_too_alike

    def share(part: str, whole: str) -> tuple[Decimal | None, ...]:
        if part in seen and whole in seen:
            return wilson_percent(seen[part], seen[whole])
        return None, None, None

    chance = [None if one is None else Decimal(one) for one in CHANCES[name]]
    flags = [
        sets[group] is not None and group not in seen
        for group in ("with_baseline", "compared", "eligible", "eligible_observed", "responders")
    ]
    flags.append(not has_change)
    flags += [
        sets[group] is not None and group not in seen
        for group in ("eligible_important", "eligible_improved", "recovered")
    ]
    response = share("responders", "eligible")
    return (
        name,
        target,
        seen.get("with_baseline"),
        seen.get("compared"),
        *(mean_interval(before) if has_change else (None,) * 4),
        *(mean_interval(after) if has_change else (None,) * 4),
        *(mean_interval(changes) if has_change else (None,) * 4),
        *(standardised(before, changes) if has_change else (None,) * 3),
        *(_mean_and_bounds(stayed) if has_change and "with_baseline" in seen else (None,) * 3),
        seen.get("eligible"),
        seen.get("eligible_observed"),
        seen.get("responders"),
        *share("responders", "eligible_observed"),
        *response,
        *response,
        chance[0],
        seen.get("eligible_important"),
        *share("eligible_important", "eligible_observed"),
        chance[1],
        seen.get("eligible_improved"),
        *share("eligible_improved", "eligible_observed"),
        chance[2],
        seen.get("recovered"),
        *share("recovered", "eligible_observed"),
        chance[3],
        *flags,
    )


def _mean_and_bounds(values: Sequence[Fraction]) -> tuple[Decimal | None, ...]:
    mean, _, lower, upper = mean_interval(values)
    return mean, lower, upper


def standardised(
    before: Sequence[Fraction], changes: Sequence[Fraction]
) -> tuple[Decimal | None, ...]:
    """Return the mean change in standard deviations of the baseline, and its interval."""
    n = len(before)

    def variance(values: Sequence[Fraction]) -> Fraction:
        return sum((value - mean_of(values)) ** 2 for value in values) / Fraction(n - 1)

    if n < 2 or variance(before) == 0:
        return None, None, None
    size = mean_of(changes) / square_root(variance(before))
    error = variance(changes) / variance(before) / n + size**2 / (2 * (n - 1))
    margin = Fraction(student_t_975(n - 1)) * square_root(error)
    figures = (size, size - margin, size + margin)
    return tuple(rounded(figure, 4) for figure in figures)


def outcome_rows(
    sessions: Sequence[Session],
    rows: Mapping[Id, Sequence[IntegrationSession]],
    as_of: date,
    min_cell: int = 11,
) -> dict[tuple[str, int], tuple[object, ...]]:
    """Return the published row of every instrument and window."""
    judged: dict[Id, list[Assessment]] = defaultdict(list)
    for session in sessions:
        judged[session.session_id] = assessments(session, rows[session.session_id])
    found = {}
    for name, instrument in INSTRUMENTS.items():
        chosen = [choices(name, day, sessions, judged, as_of) for day in instrument.windows]
        told = reference_follow_up.withheld_baselines(name, sessions, judged, as_of, min_cell)
        for day, one, alike in zip(
            instrument.windows, chosen, are_too_alike(chosen, min_cell), strict=True
        ):
            found[name, day] = outcome_row(name, day, one, alike, min_cell, told.windows)
    return found
