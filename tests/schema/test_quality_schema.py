"""Schema quality: who reads it, what may be recorded (D02)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from database import Connection
from rows import Session, acting_as, day, insert
from tables import value


def test_the_oracle_counts_text_and_survives_errors(connection: Connection) -> None:
    """D02: no text goes past the function; one failing session does not end the comparison."""
    session = Session().create(connection)
    session.change(connection, change_description="Reads at night")
    ask = "select quality.oracle('get_behavioral_changes_summary', %s)"
    with acting_as(connection, "journey_pipeline"):
        found = value(connection, ask, session.session_id)
        missing = value(connection, ask, UUID(int=1))
    assert found == [{"change_type": "HABIT", "change_count": 1, "recent_changes": 1}]
    assert missing == {"sqlstate": "42501"}


def test_only_the_pipeline_asks_the_oracle(connection: Connection) -> None:
    """D02: not the readers of its results."""
    roles = ["anon", "authenticated", "service_role", "journey_restricted", "journey_analyst"]
    for role in roles:
        assert not value(
            connection,
            "select has_function_privilege(%s, 'quality.oracle(text, uuid, integer)', 'execute')",
            role,
        )


def test_results_are_read_by_their_readers_only(connection: Connection) -> None:
    """Design: quality is read by the restricted role and analysts, and written by the pipeline."""
    found = connection.execute(
        """
        select distinct grantee::regrole::text, privilege_type
        from pg_class, aclexplode(relacl)
        where relnamespace = 'quality'::regnamespace and relkind = 'r' and grantee <> relowner
        """
    ).fetchall()
    assert sorted(found) == [("journey_analyst", "SELECT"), ("journey_restricted", "SELECT")]


def test_results_belong_to_a_run_and_a_known_engine(connection: Connection) -> None:
    """A result of something unknown is refused; a run that goes takes its results along."""
    run = {"run_id": UUID(int=1)}
    now = datetime(2025, 3, 1, tzinfo=UTC)
    insert(
        connection,
        "quality.runs",
        **run,
        command="check",
        as_of=day(0),
        started_at=now,
        finished_at=now,
        nodes_failed=0,
    )
    result = {
        **run,
        "check_name": "a",
        "rule_id": "PC-001",
        "tested": "log_pulse_checks",
        "status": "pass",
    }
    insert(connection, "quality.check_results", **result, engine="dbt")
    for wrong in ({"engine": "guess"}, {"engine": "column_policy", "status": "maybe"}):
        with pytest.raises(errors.CheckViolation), connection.transaction():
            insert(connection, "quality.check_results", **{**result, **wrong})
    with pytest.raises(psycopg.errors.ForeignKeyViolation), connection.transaction():
        insert(
            connection, "quality.check_results", **{**result, "run_id": UUID(int=2)}, engine="dbt"
        )
    connection.execute("delete from quality.runs")
    assert value(connection, "select count(*) from quality.check_results") == 0


def test_a_rule_has_results_of_several_checks_and_a_known_weight(connection: Connection) -> None:
    """Two checks of one rule are both kept; the pipeline keeps the catalogue, in known words."""
    now = datetime(2025, 3, 1, tzinfo=UTC)
    run = {"run_id": UUID(int=1)}
    rule = dict.fromkeys(("sentence", "tested", "columns", "acts", "action"), "x") | {
        "rule_id": "PC-001",
        "category": "conformance",
        "context": "verification",
        "severity": "minor",
        "threshold_pct": 0,
    }
    with acting_as(connection, "journey_pipeline"):
        insert(
            connection,
            "quality.runs",
            **run,
            command="check",
            as_of=day(0),
            started_at=now,
            finished_at=now,
            nodes_failed=0,
        )
        for name in ("a", "b"):
            insert(
                connection,
                "quality.check_results",
                **run,
                engine="dbt",
                check_name=name,
                rule_id="PC-001",
                tested="log_pulse_checks",
                status="pass",
            )
        insert(connection, "quality.rules", **rule)
        for wrong in ({"severity": "grave"}, {"category": "kind"}, {"context": "none"}):
            with pytest.raises(errors.CheckViolation), connection.transaction():
                insert(connection, "quality.rules", **rule | {"rule_id": "PC-002"} | wrong)
    assert value(connection, "select count(*) from quality.check_results") == 2
