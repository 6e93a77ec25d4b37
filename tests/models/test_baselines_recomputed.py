"""Baselines by follow-up, computed again from raw rows with scipy."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from uuid import UUID

from cohorts import Cohort
from raw_journeys import RULES, SCORES, WINDOWS, Journey, journeys
from recomputed import Comparison, Expected, count_of, mean_figures

GROUP = "smaller cells"

ENDS = {
    "PHQ-9": (0, 27),
    "GAD-7": (0, 21),
    "PSQI": (0, 21),
    "WHOQOL-BREF": (0, 100),
    "answered_days": (0, 181),
}


def come_back(one: Journey, instrument: str) -> bool:
    windows = [w for w in WINDOWS if (instrument, w) != ("PSQI", 7)]
    return any(one.outcome(window) is not None for window in windows)


def over(of: list[Journey], as_of: date) -> dict[UUID, list[Journey]]:
    """Of each patient the journeys whose last window is over, in their order."""
    found: dict[UUID, list[Journey]] = defaultdict(list)
    for one in of:
        if one.day_0 + timedelta(days=WINDOWS[180][1]) <= as_of:
            found[one.patient_id].append(one)
    return found


def baselines(of: list[Journey], instrument: str, as_of: date) -> list[tuple[int, bool]]:
    """Baseline and whether they came back, of one session a patient."""
    case = RULES[instrument][0] if instrument in RULES else 1_000
    found = []
    for own in over(of, as_of).values():
        known = [(one.baseline, one) for one in own if one.baseline is not None]
        known.sort(key=lambda pair: pair[0] < case)
        found += [(before, come_back(one, instrument)) for before, one in known[:1]]
    return found


def answered_days(cohort: Cohort) -> list[tuple[int, bool]]:
    """Days with a pulse check and whether they came back, of each patient's first session."""
    days: dict[UUID, set[int]] = defaultdict(set)
    for key, day in cohort.rows(
        "select c.session_id, c.check_date - s.session_date from public.log_pulse_checks as c "
        "inner join public.log_sessions as s using (session_id) where c.check_date <= %s",
        cohort.as_of,
    ):
        days[key].add(day)
    by_instrument = {name: journeys(cohort, name) for name in SCORES}
    back = {
        one.session_id for name, of in by_instrument.items() for one in of if come_back(one, name)
    }
    first = [own[0].session_id for own in over(by_instrument["PHQ-9"], cohort.as_of).values()]
    return [(len(days[key] & {*range(181)}), key in back) for key in first]


def sides(measure: str, people: list[tuple[int, bool]]) -> Expected:
    """The figures of rpt_baseline_by_follow_up."""
    found: dict[str, float | None] = {}
    for side, came_back in (("with_follow_up", True), ("without_follow_up", False)):
        amounts = [float(amount) for amount, back in people if back == came_back]
        found[f"{side}_patients"] = count_of(len(amounts))
        figures = ("mean", "standard_deviation", "ci_lower", "ci_upper")
        found |= mean_figures(amounts, [f"{side}_{figure}" for figure in figures], ENDS[measure])
    return found


def test_baselines_recomputed(unsuppressed: Cohort) -> None:
    """Both sides of those with and without a follow-up are what scipy says."""
    comparison = Comparison()
    cursor = unsuppressed.connection.execute(b"select * from published.rpt_baseline_by_follow_up")
    names = [column.name for column in cursor.description or ()]
    rows = {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    people = {"answered_days": answered_days(unsuppressed)}
    for name in SCORES:
        people[name] = baselines(journeys(unsuppressed, name), name, unsuppressed.as_of)
    for measure, found in people.items():
        comparison.add(measure, rows[measure], sides(measure, found))
    assert comparison.differing == []
    assert comparison.compared >= 35
