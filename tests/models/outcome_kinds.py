"""One patient of each kind that the groups of outcomes tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

import reference
import reference_outcome_changes
import reference_outcomes
from reference_outcome_changes import Choice
from reference_outcomes import INSTRUMENTS, Assessment

DAY_0 = date(2026, 2, 1)
AS_OF = DAY_0 + timedelta(days=99)
SESSION = reference.Session("s", "t", "p", DAY_0)
GROUPS = (
    *("patients", "eligible", "eligible_observed", "with_change", "responders", "remitted"),
    *("reliably_improved", "reliably_deteriorated"),
    *("compared", "with_baseline", "eligible_improved", "recovered", "eligible_important"),
)


def scores(name: str) -> Iterator[tuple[int | None, int | None, list[Assessment]]]:
    """Yield every baseline and score in the window of 30 days, and what is judged of `SESSION`."""
    instrument = INSTRUMENTS[name]

    def taken(day: int, score: int) -> reference.IntegrationSession:
        values: dict[str, int | None] = {one.score: None for one in INSTRUMENTS.values()}
        values[instrument.score] = score
        return reference.IntegrationSession(
            integration_session_id=f"i{day}",
            session_id="s",
            session_number=1,
            session_date=DAY_0 + timedelta(days=day),
            session_type=instrument.session_type,
            completed=True,
            created_at=datetime(2026, 2, 1, tzinfo=UTC),
            **values,
        )

    for before, now in product([None, *range(22)], [None, *range(22)]):
        rows = [taken(day, s) for day, s in ((-1, before), (30, now)) if s is not None]
        yield before, now, reference_outcomes.assessments(SESSION, rows)


@cache
def kinds(name: str) -> tuple[Choice, ...]:
    """Return one patient of every kind, by baseline and score."""
    found: dict[tuple[bool, ...], Choice] = {}
    for _, _, judged in scores(name):
        chosen = reference_outcome_changes.choices(name, 30, [SESSION], {"s": judged}, AS_OF)
        for choice in chosen.values():
            found[is_in(name, choice)] = choice
    return tuple(found.values())


def is_in(name: str, choice: Choice) -> tuple[bool, ...]:
    """Which of the groups a patient is in."""
    sets = reference_outcome_changes.groups(name, {"p": choice})
    return tuple(bool(sets[group]) for group in GROUPS)


def computable(name: str, shown: Mapping[str, int]) -> NDArray[np.float64]:
    """Return the unions of kinds whose size is a sum or difference of what is shown."""
    members = [dict(zip(GROUPS, is_in(name, kind), strict=True)) for kind in kinds(name)]
    return spanned(np.array([[float(one[group]) for one in members] for group in shown]))


def spanned(shown: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unions of kinds whose size can be computed; a row of `shown` is a group's kinds.

    A group is any union of kinds. Its size can be computed when its indicator lies in the span of
    those of the groups that are shown.
    """
    unions = _unions(shown.shape[1])
    _, singular, basis = np.linalg.svd(shown, full_matrices=False)
    basis = basis[singular > 1e-9]
    rest = unions - unions @ basis.T @ basis
    return unions[np.abs(rest).max(axis=1) < 1e-9]


@cache
def _unions(kinds: int) -> NDArray[np.float64]:
    return np.array(list(product([0.0, 1.0], repeat=kinds)))
