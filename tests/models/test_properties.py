"""Random histories: the functions equal the reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

import reference
from database import Connection
from nightly import examples
from random_histories import (
    ASSESSMENTS,
    COLUMNS,
    DATE_STYLES,
    LATER,
    NEW_KEY,
    OWN,
    ZONES,
    History,
    Row,
    add,
    described,
    histories,
    written,
)
from rows import ALICE, acting_as


def answer(
    connection: Connection, history: History, role: str = "authenticated"
) -> tuple[list[tuple[Any, ...]], ...]:
    """All rows of the three functions, as a caller who may see them."""
    key = OWN.session_id
    with acting_as(connection, role, ALICE if role == "authenticated" else None):
        return tuple(
            connection.execute(f"select * from public.{call}".encode(), values).fetchall()
            for call, values in (
                ("calculate_compliance_score(%s, %s)", (key, history.window)),
                ("get_integration_milestones(%s)", (key,)),
                ("get_behavioral_changes_summary(%s)", (key,)),
            )
        )


def score(connection: Connection, history: History) -> tuple[Any, ...]:
    with acting_as(connection, "authenticated", ALICE):
        row = connection.execute(
            "select * from public.calculate_compliance_score(%s, %s)",
            (OWN.session_id, history.window),
        ).fetchone()
    assert row is not None
    return row


@examples
@given(history=histories())
def test_functions_equal_the_reference(connection: Connection, history: History) -> None:
    """F01 to F10: score, timeline and summary are the definitions', in plain Python, row by row."""
    own_changes = [
        change
        for change in history.of(reference.BehavioralChange)
        if change.session_id == OWN.session_id and change.change_sentiment == "POSITIVE"
    ]
    own_changes.sort(key=lambda change: str(change.change_id))
    own_changes.sort(key=lambda change: (change.change_date, change.created_at), reverse=True)
    summary = [
        (kind, count, [described(c) for c in own_changes if c.change_type == kind])
        for kind, count in reference.behavior_summary(history.session, own_changes)
    ]
    timeline = reference.milestones(history.session, history.of(reference.IntegrationSession))
    with written(connection, history):
        found = answer(connection, history)
        for window in (1, 6, 7, 8, 30, 31, history.window):
            of_window = replace(history, window=window)
            assert score(connection, of_window) == astuple(of_window.compliance())
    assert found[1] == timeline
    assert found[2] == summary


@examples
@given(history=histories())
def test_stored_days_equal_the_reference(connection: Connection, history: History) -> None:
    """S07: days_post_session is the difference of the calendar, in every row."""
    dated = {reference.PulseCheck: "check_date", reference.BehavioralChange: "change_date"}
    with written(connection, history):
        for kind, field in dated.items():
            table, names = COLUMNS[kind]
            key = names.split(",")[0]
            stored = dict(
                connection.execute(f"select {key}, days_post_session from {table}".encode())
            )
            assert stored == {
                astuple(row)[0]: (getattr(row, field) - history.session_day).days
                for row in history.of(kind)
            }


@examples
@given(history=histories(), order=st.randoms(use_true_random=False))
def test_the_order_of_insertion_does_not_matter(
    connection: Connection, history: History, order: Any
) -> None:
    """F10: the same rows in another order give the same answer, ties included."""
    shuffled = list(history.rows)
    order.shuffle(shuffled)
    with written(connection, history):
        first = answer(connection, history)
    with written(connection, history, shuffled):
        second = answer(connection, history)
    assert first == second


@examples
@given(
    history=histories(),
    writer=st.sampled_from(ZONES),
    reader=st.sampled_from(ZONES),
    style=st.sampled_from(DATE_STYLES),
    role=st.sampled_from(["service_role", "journey_pipeline"]),
)
def test_the_callers_zone_style_and_role_do_not_matter(
    connection: Connection, history: History, writer: str, reader: str, style: str, role: str
) -> None:
    """F02, S03: whoever may ask, from wherever, gets the same answer as in UTC."""
    with written(connection, history):
        expected = answer(connection, history)
    set_zone = "select set_config('timezone', %s, true), set_config('datestyle', %s, true)"
    with connection.transaction(force_rollback=True):
        connection.execute(set_zone, (writer, "ISO, MDY"))
        with written(connection, history):
            connection.execute(set_zone, (reader, style))
            assert answer(connection, history) == expected
            assert answer(connection, history, role) == expected


def completed_pulse_check(at: date) -> Row:
    return reference.PulseCheck(
        UUID(int=1 << 120),
        OWN.session_id,
        at,
        None,
        None,
        None,
        1,
        datetime(2025, 7, 2, tzinfo=UTC),
    )


def completed_session(kind: str, completed: bool = True) -> Callable[[date], Row]:
    def make(at: date) -> Row:
        own = [
            most if not completed and kind == name else None
            for name, (_, most) in ASSESSMENTS.items()
        ]
        return reference.IntegrationSession(
            NEW_KEY,
            OWN.session_id,
            9,
            at,
            kind,
            completed,
            *own,
            LATER,
        )

    return make


# What counts, with the column of its count; an assessment also by its own score alone.
COUNTS: list[tuple[Callable[[date], Row], int]] = [
    (completed_pulse_check, 0),
    *((completed_session(kind), 2) for kind in ASSESSMENTS),
    *((completed_session(kind, completed=False), 2) for kind in ASSESSMENTS),
    (completed_session("INTEGRATION_THERAPY"), 4),
]


@examples
@given(history=histories(), place=st.floats(0, 1))
def test_a_completed_row_never_lowers_the_score(
    connection: Connection, history: History, place: float
) -> None:
    """F04 to F07: 0 to 100 throughout; done once more inside the window, nothing falls."""
    # Not beyond today: nothing may be dated more than a day ahead.
    at = history.session_day + timedelta(round(place * history.window))
    at = min(at, datetime.now(UTC).date())
    taken = any(
        check.check_date == at and check.session_id == OWN.session_id
        for check in history.of(reference.PulseCheck)
    )
    with written(connection, history):
        before = score(connection, history)
        for make, column in COUNTS:
            with connection.transaction(force_rollback=True):
                add(connection, [make(at)])
                after = score(connection, history)
            for found in (before, after):
                assert all(0 <= share <= 100 for share in (found[1], found[3], found[5], found[6]))
            assert all(old <= new for old, new in zip(before, after, strict=True))
            assert after[column] == before[column] + (0 if column == 0 and taken else 1)


@examples
@given(history=histories(), what=st.sampled_from(COUNTS), beyond=st.integers(1, 400))
def test_a_row_outside_the_window_changes_no_score(
    connection: Connection, history: History, what: tuple[Callable[[date], Row], int], beyond: int
) -> None:
    """F04: what was done before day 0 or after the window's last day does not count."""
    make, column = what
    last = history.session_day + timedelta(history.window)
    earlier = history.session_day - timedelta(1 if column == 0 else beyond)
    outside = [earlier, last + timedelta(beyond)]
    with written(connection, history):
        before = score(connection, history)
        for at in outside:
            if at <= datetime.now(UTC).date():
                with connection.transaction(force_rollback=True):
                    add(connection, [make(at)])
                    assert score(connection, history) == before


fillers = st.text(st.sampled_from("x ,.;:()/-+#%\n"), max_size=4)
