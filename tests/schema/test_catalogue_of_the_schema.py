"""Functions, triggers, policies, roles as the system catalogue has them."""

from __future__ import annotations

import pytest
from psycopg import errors

from database import Connection
from rows import Session
from tables import TABLES, column_of, each_table, write

PATH = "search_path=pg_catalog, pg_temp"


def test_functions_pin_what_they_depend_on(connection: Connection) -> None:
    """S01, F02, S10: every function its path; who reads sessions, zone and row_security too."""
    found: dict[str, list[str] | None] = dict(
        connection.execute(
            "select proname, proconfig from pg_proc where pronamespace in "
            "('public'::regnamespace, 'quality'::regnamespace, 'intake'::regnamespace, "
            "'auth'::regnamespace)"
        ).fetchall()
    )
    assert len(found) == 23
    assert {name for name, pins in found.items() if PATH not in (pins or [])} == set()
    for name in ("journey_session_day", "journey_readable_session_day"):
        assert set(found[name] or []) == {PATH, "TimeZone=UTC", "row_security=off"}


def test_triggers_are_always_on(connection: Connection) -> None:
    """S06, Growing: also where a session says that it is a replica."""
    found = connection.execute(
        "select tgname, tgenabled from pg_trigger "
        "where not tgisinternal and tgrelid = any (%s::regclass[])",
        ([f"public.{table}" for table in (*TABLES, "log_sessions")],),
    ).fetchall()
    assert len(found) == 12 + 5 * 3
    assert {enabled for _, enabled in found} == {"A"}


@pytest.mark.parametrize("table", [*TABLES, "log_sessions"])
def test_each_policy_asks_for_the_practitioner(connection: Connection, table: str) -> None:
    """S04: USING and WITH CHECK alike, and none but the pipeline's is for anybody else."""
    found = connection.execute(
        "select roles::text, coalesce(qual, with_check), coalesce(with_check, qual) "
        "from pg_policies where schemaname = 'public' and tablename = %s",
        (table,),
    ).fetchall()
    own = "(( SELECT auth.uid() AS uid) = practitioner_id)"
    assert set(found) == {
        ("{authenticated}", own, own),
        ("{journey_pipeline}", "true", "true"),
    }


@pytest.mark.parametrize(
    ("table", "nullable"),
    [
        (
            "log_integration_sessions",
            {
                "completed_at",
                "phq9_score",
                "gad7_score",
                "whoqol_bref_score",
                "psqi_score",
                "session_notes",
            },
        ),
        ("log_behavioral_changes", set()),
        ("log_journey_ends", set()),
        (
            "log_pulse_checks",
            {"connection_level", "sleep_quality", "mood_level", "energy_level", "notes"},
        ),
    ],
)
def test_only_answers_and_notes_may_be_null(
    connection: Connection, table: str, nullable: set[str]
) -> None:
    """S11: every key, day, kind and time is there."""
    found = column_of(
        connection,
        "select attname from pg_attribute "
        "where attrelid = %s::regclass and attnum > 0 and not attnotnull",
        f"public.{table}",
    )
    assert set(found) == nullable


def test_group_roles_cannot_log_in_or_pass_by_policies(connection: Connection) -> None:
    """Design: three roles without login; the pipeline reads by its policies."""
    found = connection.execute(
        "select rolname, rolcanlogin, rolbypassrls, rolsuper, rolinherit from pg_roles "
        "where rolname in ('journey_analyst', 'journey_pipeline', 'journey_restricted')"
    ).fetchall()
    assert sorted(found) == [
        (name, False, False, False, False)
        for name in ("journey_analyst", "journey_pipeline", "journey_restricted")
    ]


@each_table
def test_a_practitioner_with_rows_stays(connection: Connection, table: str) -> None:
    """S11: the login of whoever wrote a row is not deleted from under it."""
    write(connection, table, Session().create(connection))
    connection.execute(
        "alter table public.log_sessions drop constraint log_sessions_practitioner_id_fkey"
    )
    with pytest.raises(errors.ForeignKeyViolation), connection.transaction():
        connection.execute("delete from auth.users")
