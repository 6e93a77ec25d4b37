"""What the cross-checks are for: a function that drifts, rows they cannot compare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest

from builds import build
from database import Connection, copied
from rows import ALICE, DAY_0, Session, day
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

RULES = {
    "fct_session_compliance": "XC-001",
    "fct_integration_milestones": "XC-002",
    "fct_behavioral_changes": "XC-003",
}


@pytest.fixture(scope="module")
def small(embedded: Target, migrated: str) -> str:
    """Name of a database with one dosing session with a little of everything, built, in which all
    cross-checks match."""
    target = copied(embedded, migrated, "test_own")  # see `own_copy_of`
    with settings.connect(target, autocommit=True) as connection:
        session = Session().create(connection)
        for offset in (0, 1, 5):
            session.pulse_check(connection, offset)
        session.integration_session(
            connection,
            "PHQ9_ASSESSMENT",
            7,
            completed=True,
            completed_at="2025-03-08",
            phq9_score=8,
        )
        session.change(connection, offset=4)
    # PC-012 warns: the pulse checks ended with day 5.
    assert build(target, day(200)).tests.keys() <= {"pass", "skipped", "warn"}
    return copied(embedded, target.database, "test_small").database


def outcomes(connection: Connection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for mart, outcome in connection.execute(
        "select mart, outcome from quality.cross_checks where run_id = "
        "(select run_id from quality.runs order by started_at desc limit 1)"
    ):
        found[mart].add(outcome)
    return found


@pytest.mark.parametrize(
    ("function", "break_it", "mart", "outcome"),
    [
        (
            "calculate_compliance_score(uuid, integer)",
            ("i.completed or i.phq9_score is not null", "false"),
            "fct_session_compliance",
            "differs",
        ),
        (
            "get_integration_milestones(uuid)",
            ("i.session_date - v_session_day", "i.session_date - v_session_day + 1"),
            "fct_integration_milestones",
            "differs",
        ),
        (
            "get_behavioral_changes_summary(uuid)",
            ("'POSITIVE'", "'NEGATIVE'"),
            "fct_behavioral_changes",
            "differs",
        ),
        (
            "get_behavioral_changes_summary(uuid)",
            ("return query", "perform 1 / 0; return query"),
            "fct_behavioral_changes",
            "oracle_error",
        ),
    ],
)
def test_a_function_that_drifts_is_found(
    small: str,
    own_copy_of: Callable[[str], Target],
    function: str,
    break_it: tuple[str, str],
    mart: str,
    outcome: str,
) -> None:
    """A broken function turns exactly its own mart's cross-check red, and names no value."""
    target = own_copy_of(small)
    with settings.connect(target, autocommit=True) as connection:
        row = connection.execute(
            "select pg_get_functiondef(%s::regprocedure)", (f"public.{function}",)
        ).fetchone()
        assert row is not None
        assert break_it[0] in row[0]
        connection.execute(row[0].replace(*break_it).encode())
        built = build(target, day(200), "--select", "cross_checks")
        found = outcomes(connection)
        failing = connection.execute(
            "select rule_id from quality.check_results where status = 'fail'"
        ).fetchall()
    # The others compare a bucket of sessions, perhaps an empty one.
    assert outcome in found[mart]
    assert [name for name, seen in found.items() if seen != {"match"}] == [mart]
    assert failing == [(RULES[mart],)]
    assert built.tests["fail"] == 1


def test_rows_after_as_of_cannot_be_compared(
    small: str, own_copy_of: Callable[[str], Target]
) -> None:
    """The function knows no as_of: a session with later rows is not_comparable, and counted."""
    target = own_copy_of(small)
    with settings.connect(target, autocommit=True) as connection:
        Session().pulse_check(connection, 30)
        Session(2, ALICE).create(connection, DAY_0)
        build(target, day(20), "--select", "+cross_checks")
        found = outcomes(connection)
    assert found["fct_session_compliance"] == {"match", "not_comparable"}
    assert found["fct_behavioral_changes"] == {"match"}


def test_a_bucket_of_sessions_is_compared_again(
    small: str, own_copy_of: Callable[[str], Target]
) -> None:
    """Of the sessions that nothing touched those of one bucket, each run of the next; what was
    compared before is not counted again."""
    target = own_copy_of(small)
    with settings.connect(target, autocommit=True) as connection:
        connection.execute(
            "update quality.built_tables set compared_bucket = ("
            "select (hash_record_extended(row(session_id), 0) + 30) & 31 from public.log_sessions)"
        )
        told = []
        for _ in range(3):
            build(target, day(200), "--select", "cross_checks")
            counts = connection.execute(
                "select distinct due_keys, compared_keys from quality.built_tables"
                " where due_keys is not null"
            ).fetchall()
            told.append((counts, dict(outcomes(connection))))
    all_match = {mart: {"match"} for mart in RULES}
    assert told == [([(0, 0)], {}), ([(1, 1)], all_match), ([(0, 0)], {})]
