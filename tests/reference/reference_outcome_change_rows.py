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
from reference_precision import (
    ENDS,
    NOTHING,
    Figures,
    above,
    below,
    figures,
    nearest,
    steps_of,
)
from reference_precision import count as published_count
from reference_precision import share as published_share
from reference_statistics import square_root, student_t_975

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
            return published_share(seen[part], seen[whole], min_cell)
        return None, None, None

    def count(group: str) -> int | None:
        return published_count(seen[group], min_cell) if group in seen else None

    means = [
        figures(values, min_cell, ends) if has_change else NOTHING
        for values, ends in ((before, ENDS[name]), (after, ENDS[name]), (changes, None))
    ]
    has_all = has_change and "with_baseline" in seen
    of_all = figures(stayed, min_cell) if has_all else NOTHING
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
        count("with_baseline"),
        count("compared"),
        *means[0][1:],
        *means[1][1:],
        *means[2][1:],
        *(standardised(means[0], means[2], len(both)) if has_change else (None,) * 3),
        *(mean for place, mean in enumerate(of_all) if place not in (0, 2)),
        count("eligible"),
        count("eligible_observed"),
        count("responders"),
        *share("responders", "eligible_observed"),
        *response,
        *response,
        chance[0],
        count("eligible_important"),
        *share("eligible_important", "eligible_observed"),
        chance[1],
        count("eligible_improved"),
        *share("eligible_improved", "eligible_observed"),
        chance[2],
        count("recovered"),
        *share("recovered", "eligible_observed"),
        chance[3],
        *flags,
    )


def standardised(
    before: Figures, change: Figures, compared: int
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Return the mean change in standard deviations of the baseline, both as they are shown.

    Its interval is Student's, with the delta method's error.
    """
    n, mean, deviation = change[:3]
    width = Fraction(before[2] or 0)
    if not width or deviation is None:
        return None, None, None
    step = steps_of(compared).mean
    size = nearest(Fraction(mean) / width, step)
    if n < 2:
        return size, None, None
    error = (Fraction(deviation) / width) ** 2 / n + (Fraction(mean) / width) ** 2 / (2 * (n - 1))
    margin = Fraction(student_t_975(n - 1)) * square_root(error)
    return size, below(Fraction(size) - margin, step), above(Fraction(size) + margin, step)


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
