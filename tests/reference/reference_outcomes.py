"""Assessments and what becomes of them, once more in plain Python: see `reference`.

The definitions are written out per instrument, numbers and all, so that the seeds are checked
with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from reference import Id, IntegrationSession, Session

# Target day -> first and last day.
WINDOWS = {7: (1, 14), 30: (15, 45), 90: (46, 120), 180: (121, 210)}


@dataclass(frozen=True)
class Instrument:
    session_type: str
    score: str
    windows: tuple[int, ...] = tuple(WINDOWS)
    bands: Mapping[str, range] | None = None
    caseness: int | None = None
    reliable_change: int | None = None
    has_response: bool = False
    highest_remission: int | None = None
    better_is: int = -1


INSTRUMENTS = {
    "PHQ-9": Instrument(
        "PHQ9_ASSESSMENT",
        "phq9_score",
        bands={
            "minimal": range(5),
            "mild": range(5, 10),
            "moderate": range(10, 15),
            "moderately_severe": range(15, 20),
            "severe": range(20, 28),
        },
        caseness=10,
        reliable_change=6,
        has_response=True,
        highest_remission=4,
    ),
    "GAD-7": Instrument(
        "GAD7_ASSESSMENT",
        "gad7_score",
        bands={
            "minimal": range(5),
            "mild": range(5, 10),
            "moderate": range(10, 15),
            "severe": range(15, 22),
        },
        caseness=10,
        reliable_change=4,
        has_response=True,
        highest_remission=4,
    ),
    "PSQI": Instrument(
        "PSQI_ASSESSMENT",
        "psqi_score",
        windows=(30, 90, 180),
        bands={"good_sleeper": range(6), "poor_sleeper": range(6, 22)},
        caseness=6,
        reliable_change=4,
        highest_remission=5,
    ),
    "WHOQOL-BREF": Instrument("WHOQOL_BREF", "whoqol_bref_score", better_is=1),
}


@dataclass(frozen=True)
class Assessment:
    """The columns of fct_assessments, in its order."""

    integration_session_id: Id
    session_id: Id
    instrument: str
    severity_band: str | None
    response_class: str
    remission_class: str
    reliable_change_class: str
    score: int | None
    baseline_score: int | None
    baseline_days_post_session: int | None
    change_from_baseline: int | None
    days_post_session: int
    outcome_window_days: int | None
    is_baseline: bool
    assessment_date: date


def assessments(session: Session, rows: Iterable[IntegrationSession]) -> list[Assessment]:
    """Return every completed or scored assessment of the session, judged by its baseline."""
    own = [row for row in rows if str(row.session_id).lower() == str(session.session_id).lower()]
    found = []
    for name, instrument in INSTRUMENTS.items():
        taken = [row for row in own if row.session_type == instrument.session_type]
        found += _judged(session, name, instrument, taken)
    return found


def _judged(
    session: Session, name: str, instrument: Instrument, rows: Sequence[IntegrationSession]
) -> list[Assessment]:
    def score(row: IntegrationSession) -> int | None:
        value: int | None = getattr(row, instrument.score)
        return value

    def day(row: IntegrationSession) -> int:
        return (row.session_date - session.session_day).days

    # Newest writing first, then the smallest id: the sorts below are stable.
    scored = sorted(
        (row for row in rows if score(row) is not None),
        key=lambda row: str(row.integration_session_id).lower(),
    )
    scored.sort(key=lambda row: row.created_at, reverse=True)
    baseline = max((row for row in scored if -90 <= day(row) <= 0), key=day, default=None)
    chosen: dict[Id, int] = {}
    for target in instrument.windows:
        first, last = WINDOWS[target]
        inside = [row for row in scored if first <= day(row) <= last]
        if inside:
            nearest = min(inside, key=lambda row: (abs(day(row) - target), day(row)))
            chosen[nearest.integration_session_id] = target
    before = None if baseline is None else score(baseline)
    found = []
    for row in rows:
        now = score(row)
        if not row.completed and now is None:
            continue
        bands = (instrument.bands or {}).items()
        found.append(
            Assessment(
                row.integration_session_id,
                session.session_id,
                name,
                next((band for band, scores in bands if now in scores), None),
                *_classes(instrument, day(row), before, now),
                score=now,
                baseline_score=before,
                baseline_days_post_session=None if baseline is None else day(baseline),
                change_from_baseline=None if now is None or before is None else now - before,
                days_post_session=day(row),
                outcome_window_days=chosen.get(row.integration_session_id),
                is_baseline=row is baseline,
                assessment_date=row.session_date,
            )
        )
    return found


def _classes(
    instrument: Instrument, day: int, before: int | None, now: int | None
) -> tuple[str, str, str]:
    """Return response, remission and reliable change of a score `now` after one `before`."""
    if day <= 0:
        return "not_follow_up", "not_follow_up", "not_follow_up"
    response = remission = "not_defined"
    change = "not_computable"
    why_not = None
    if now is None:
        why_not = "no_score"
    elif before is None:
        why_not = "no_baseline"
    elif instrument.caseness is not None and before < instrument.caseness:
        why_not = "not_eligible"
    if instrument.has_response:
        response = why_not or _yes_no("response", 2 * (now or 0) <= (before or 0))
    if instrument.highest_remission is not None:
        remission = why_not or _yes_no("remission", (now or 0) <= instrument.highest_remission)
    if now is not None and before is not None and instrument.reliable_change is not None:
        gain = instrument.better_is * (now - before)
        change = "no_reliable_change"
        if abs(gain) >= instrument.reliable_change:
            change = "reliable_improvement" if gain > 0 else "reliable_deterioration"
    return response, remission, change


def _yes_no(word: str, is_so: bool) -> str:
    return word if is_so else f"no_{word}"
