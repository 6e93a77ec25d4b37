"""The rows of rpt_outcome_curves once more in plain Python, from docs/marts.md: see `reference`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import reference_outcome_rows
from reference import Id, IntegrationSession, Session
from reference_ends import Ends
from reference_outcomes import INSTRUMENTS, WINDOWS, Assessment, assessments
from reference_precision import count, nearest, steps_of, wilson

# The windows whose answers are all about days after the session: the recall is 14 days.
STEPS = {"response": (30, 90, 180), "relapse": (90, 180)}
NAMES = ("PHQ-9", "GAD-7")


@dataclass(frozen=True)
class Course:
    """How long somebody is followed, as the target day of a window, and whether it happened.

    0 where nothing is followed.
    """

    followed: int
    has_event: bool


@dataclass(frozen=True)
class Step:
    """The counts of a window, before anything is rounded or withheld."""

    at_risk: int
    events: int


def window_of(days: int) -> int:
    return next(window for window, (first, last) in WINDOWS.items() if first <= days <= last)


def courses(
    name: str, session: Session, judged: Sequence[Assessment], as_of: date, ends: Ends
) -> dict[str, Course]:
    """Return the course to a response, and the one from it to a relapse, of an eligible session."""
    end = ends[session.session_id].day if session.session_id in ends else 10_000
    elapsed = (as_of - session.session_day).days
    windows = [w for w in STEPS["response"] if WINDOWS[w][1] <= elapsed]
    scores = [
        row
        for window in windows
        for row in judged
        if row.outcome_window_days == window and row.days_post_session < end
    ]
    followed = max((w for w in windows if WINDOWS[w][0] < end), default=0)
    first = next((row for row in scores if row.response_class == "response"), None)
    if first is None:
        return {"response": Course(followed, False), "relapse": Course(0, False)}
    caseness = INSTRUMENTS[name].caseness or 0
    last, has_relapse = 0, False
    for row in scores:
        days = row.days_post_session - first.days_post_session
        if days > 0 and not has_relapse:
            last = window_of(days)
            has_relapse = row.response_class == "no_response" and (row.score or 0) >= caseness
    return {
        "response": Course(first.outcome_window_days or 0, True),
        "relapse": Course(last, has_relapse),
    }


def steps(found: Sequence[Mapping[str, Course]]) -> dict[tuple[str, int], Step]:
    """Return the counts of each event and window."""
    counted = {}
    for event, windows in STEPS.items():
        before = 0
        for window in windows:
            at_risk = [one[event] for one in found if one[event].followed > before]
            events = sum(one.has_event and one.followed <= window for one in at_risk)
            counted[event, window] = Step(len(at_risk), events)
            before = window
    return counted


def shown(
    counted: Mapping[tuple[str, int], Step],
    outcomes: Mapping[int, Mapping[str, int]],
    min_cell: int,
) -> dict[tuple[str, int], Step]:
    """Return the counts as they are shown, beside what is known of outcomes by window."""
    found: dict[tuple[str, int], Step] = {}
    known = {w for w, groups in outcomes.items() if {"eligible", "responders"} <= groups.keys()}
    for event, windows in STEPS.items():
        for place, window in enumerate(windows):
            # A relapse follows on a response in any window.
            if not ({window} if event == "response" else set(outcomes)) <= known:
                break
            step = counted[event, window]
            at_risk, events = count(step.at_risk, min_cell), count(step.events, min_cell)
            groups = [step.events, step.at_risk - step.events, at_risk - events]
            if event == "response":
                eligible = outcomes[window]["eligible"]
                earlier = outcomes[windows[place - 1]]["eligible"] if place else eligible
                groups += [n for n in (eligible - step.at_risk, earlier - eligible) if n]
            if min(groups) < min_cell:
                break
            found[event, window] = Step(at_risk, events)
    return found


def event_free_percent(taken: Sequence[Step]) -> tuple[Decimal, ...]:
    """Return the product-limit estimate and its 95 % interval, of the steps so far."""
    share, greenwood = Fraction(1), Fraction(0)
    for step in taken:
        share *= Fraction(step.at_risk - step.events, step.at_risk)
        greenwood += Fraction(step.events, step.at_risk * (step.at_risk - step.events))
    # So many patients without censoring would have Greenwood's variance, share² · greenwood.
    patients = (1 - share) / (share * greenwood)
    step_pct = steps_of(taken[-1].at_risk).share
    return nearest(100 * share, step_pct), *wilson(share, patients, step_pct)


def rows(
    sessions: Sequence[Session],
    integration_sessions: Mapping[Id, Sequence[IntegrationSession]],
    as_of: date,
    ends: Ends,
    min_cell: int = 11,
) -> set[tuple[object, ...]]:
    """Return all rows of rpt_outcome_curves."""
    in_order = sorted(sessions, key=lambda s: (s.session_day, str(s.session_id).lower()))
    judged = {
        s.session_id: assessments(s, integration_sessions.get(s.session_id, ())) for s in in_order
    }
    found: set[tuple[object, ...]] = set()
    for name in NAMES:
        caseness = INSTRUMENTS[name].caseness or 0
        chosen: dict[str, dict[str, Course]] = {}
        for session in in_order:
            own = [row for row in judged[session.session_id] if row.instrument == name]
            is_eligible = any(row.is_baseline and (row.score or 0) >= caseness for row in own)
            if is_eligible and (as_of - session.session_day).days >= WINDOWS[30][1]:
                patient = str(session.patient_id).lower()
                chosen.setdefault(patient, courses(name, session, own, as_of, ends))
        outcomes = {}
        for window in STEPS["response"]:
            people = reference_outcome_rows.choices(name, window, sessions, judged, as_of)
            sets = reference_outcome_rows.groups(name, people)
            outcomes[window] = reference_outcome_rows.shown(name, sets, min_cell)
        seen = shown(steps(list(chosen.values())), outcomes, min_cell)
        found |= set(published(name, seen))
    return found


def published(name: str, seen: Mapping[tuple[str, int], Step]) -> list[tuple[object, ...]]:
    """Return the columns of the table, in its order."""
    found: list[tuple[object, ...]] = []
    for event, windows in STEPS.items():
        taken: list[Step] = []
        for window in windows:
            step = seen.get((event, window))
            if step is None:
                found.append((name, event, window, *(None,) * 5, True))
                continue
            taken.append(step)
            figures = event_free_percent(taken)
            found.append((name, event, window, step.at_risk, step.events, *figures, False))
    return found
