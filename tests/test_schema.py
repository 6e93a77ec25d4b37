"""Tables, triggers, policies and grants: known-defects S04 to S12, D03."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from rows import ALICE, BOB, Connection, Session, acting_as, day, insert

TABLES = ("log_integration_sessions", "log_behavioral_changes", "log_pulse_checks")
ENTRIES: dict[str, Callable[..., None]] = {
    "log_pulse_checks": lambda session, *a, **v: session.pulse_check(*a, **v),
    "log_behavioral_changes": lambda session, connection, offset=1, **v: session.change(
        connection, "HABIT", offset, **v
    ),
    "log_integration_sessions": lambda session, connection, offset=1, **v: (
        session.integration_session(connection, "FOLLOW_UP_CALL", offset, **v)
    ),
}
each_table = pytest.mark.parametrize("table", TABLES)


def refused(connection: Connection, table: str, session: Session, **values: Any) -> psycopg.Error:
    """The error of an insert that must not succeed."""
    with pytest.raises(psycopg.Error) as caught, connection.transaction():
        ENTRIES[table](session, connection, **values)
    return caught.value


def value(connection: Connection, query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


# Whose row -----------------------------------------------------------------------------------


@each_table
def test_a_practitioner_writes_and_reads_own_rows_only(connection: Connection, table: str) -> None:
    """S04: own rows go in and are seen; nobody else's practitioner sees them."""
    session = Session().create(connection)
    Session(2, BOB).create(connection)
    with acting_as(connection, "authenticated", ALICE):
        ENTRIES[table](session, connection)
        assert value(connection, f"select count(*) from public.{table}") == 1
    with acting_as(connection, "authenticated", BOB):
        assert value(connection, f"select count(*) from public.{table}") == 0


@each_table
def test_foreign_unknown_and_mismatched_sessions_are_one_answer(
    connection: Connection, table: str
) -> None:
    """S04: B's session, no session, the wrong patient and B's name: same words, same SQLSTATE."""
    own = Session().create(connection)
    foreign = Session(2, BOB).create(connection)
    attempts = [
        {"session_id": UUID(int=1)},
        {"session_id": foreign.session_id},
        {"session_id": foreign.session_id, "patient_id": foreign.patient_id},
        {**foreign.owner},
        {"patient_id": foreign.patient_id},
        {"practitioner_id": BOB},
        {"session_id": None},
        {"session_id": UUID(int=1)},
    ]
    with acting_as(connection, "authenticated", ALICE):
        told = [refused(connection, table, own, **attempt) for attempt in attempts]
    assert {(error.sqlstate, error.diag.message_primary) for error in told} == {
        ("42501", "session not found or access denied")
    }
    # The first error of a connection is told with one line of context more, whatever it asks.
    assert len({error.diag.context for error in told[1:]}) == 1


@each_table
def test_without_claims_nothing_goes_in(connection: Connection, table: str) -> None:
    """S04: an authenticated role without a claimed id is nobody."""
    session = Session().create(connection)
    with acting_as(connection, "authenticated"):
        assert refused(connection, table, session).sqlstate == "42501"


@each_table
def test_patient_and_practitioner_are_the_sessions_for_service_role_too(
    connection: Connection, table: str
) -> None:
    """S04: nobody writes a row whose patient or practitioner is not the session's."""
    session = Session().create(connection)
    Session(2, BOB).create(connection)
    with acting_as(connection, "service_role"):
        ENTRIES[table](session, connection)
        assert refused(connection, table, session, patient_id=UUID(int=9)).sqlstate == "42501"
        assert refused(connection, table, session, practitioner_id=BOB).sqlstate == "42501"


# Who may what --------------------------------------------------------------------------------


@each_table
def test_grants_are_exactly_what_the_policies_allow(connection: Connection, table: str) -> None:
    """S05: nothing for PUBLIC and anon; select and insert, and update where it may change."""
    granted = connection.execute(
        """
        select grantee::regrole::text, string_agg(privilege_type, ' ' order by privilege_type)
        from pg_class, aclexplode(relacl)
        where oid = %s::regclass and grantee::regrole::text not in ('postgres', '-')
        group by grantee
        """,
        (f"public.{table}",),
    ).fetchall()
    writes = "INSERT SELECT UPDATE" if table == "log_integration_sessions" else "INSERT SELECT"
    assert dict(granted) == {
        "authenticated": writes,
        "service_role": writes,
        "journey_pipeline": "SELECT",
    }
    row = connection.execute(
        "select relrowsecurity, relforcerowsecurity from pg_class where oid = %s::regclass",
        (f"public.{table}",),
    ).fetchone()
    assert row == (True, False)


def test_default_grants_of_the_platform_do_not_survive(copy_of: Callable[[str], Any]) -> None:
    """S05: where everything is granted by default, the migrations take it back."""
    from conftest import ROOT
    from wellness_journey.database import migrate, settings

    with settings.connect(copy_of("template0"), autocommit=True) as connection:
        for kind in ("tables", "functions"):
            connection.execute(
                f"alter default privileges in schema public grant all on {kind} "
                "to anon, authenticated, service_role".encode()
            )
        migrate.migrate(connection, ROOT / "migrations")
        open_to_anon = connection.execute(
            """
            select oid::regclass::text from pg_class
            where relnamespace = 'public'::regnamespace and relkind = 'r'
                and has_table_privilege('anon', oid, 'select, insert, update, delete, truncate')
            union all
            select oid::regprocedure::text from pg_proc
            where pronamespace = 'public'::regnamespace
                and has_function_privilege('anon', oid, 'execute')
            """
        ).fetchall()
        helpers = connection.execute(
            """
            select oid::regprocedure::text from pg_proc
            where pronamespace = 'public'::regnamespace and proname like 'journey%'
                and (
                    has_function_privilege('authenticated', oid, 'execute')
                    or has_function_privilege('service_role', oid, 'execute')
                )
            """
        ).fetchall()
    assert (open_to_anon, helpers) == ([], [])


@each_table
def test_policies_ask_for_the_caller_once(connection: Connection, table: str) -> None:
    """S09: policies are for authenticated, call auth.uid() once, and have an index to use."""
    policies = connection.execute(
        "select cmd, roles::text, coalesce(qual, with_check) from pg_policies "
        "where tablename = %s and roles <> '{journey_pipeline}' order by cmd",
        (table,),
    ).fetchall()
    commands = ["INSERT", "SELECT"] + ["UPDATE"] * (table == "log_integration_sessions")
    assert [policy[0] for policy in policies] == commands
    for _, roles, expression in policies:
        assert roles == "{authenticated}"
        assert "( SELECT auth.uid() AS uid)" in expression
    leading = connection.execute(
        "select indexdef from pg_indexes where tablename = %s and indexdef like %s",
        (table, "%(practitioner_id,%"),
    ).fetchall()
    assert len(leading) == 1


@each_table
def test_every_foreign_key_and_date_has_an_index(connection: Connection, table: str) -> None:
    """Work order: indexes on foreign keys, patient and date."""
    leading = {
        row[0]
        for row in connection.execute(
            """
            select a.attname
            from pg_index as i
            inner join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
            where i.indrelid = %s::regclass
            """,
            (f"public.{table}",),
        )
    }
    dated = {"log_pulse_checks": "check_date", "log_behavioral_changes": "change_date"}
    assert leading >= {"session_id", "practitioner_id", "patient_id"}
    assert dated.get(table, "session_date") in leading


# What stays as it was --------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, "service_role", "authenticated"])
@pytest.mark.parametrize("table", TABLES[1:])
@pytest.mark.parametrize("change", ["update {} set created_at = now()", "delete from {}"])
def test_the_audit_trail_cannot_be_changed(
    connection: Connection, table: str, change: str, role: str | None
) -> None:
    """S06: update and delete end in an error for everybody, also as a replica."""
    session = Session().create(connection)
    ENTRIES[table](session, connection)
    statement = change.format(f"public.{table}").encode()
    with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
        if role is None:
            connection.execute("set local session_replication_role = replica")
            connection.execute(statement)
        else:
            with acting_as(connection, role, ALICE):
                connection.execute(statement)
    assert value(connection, f"select count(*) from public.{table}") == 1


@each_table
@pytest.mark.parametrize("cascade", [False, True])
def test_truncate_is_refused_even_to_the_owner(
    connection: Connection, table: str, cascade: bool
) -> None:
    """S05: neither TRUNCATE nor TRUNCATE of the sessions with CASCADE empties a table."""
    ENTRIES[table](Session().create(connection), connection)
    statement = "public.log_sessions cascade" if cascade else f"public.{table}"
    with (
        pytest.raises(errors.InsufficientPrivilege, match="truncate is refused"),
        connection.transaction(),
    ):
        connection.execute(f"truncate {statement}".encode())


@each_table
def test_rows_go_with_their_dosing_session(connection: Connection, table: str) -> None:
    """S06: only deleting the dosing session removes its rows, and only its own."""
    for number in (1, 2):
        ENTRIES[table](Session(number).create(connection), connection)
    with acting_as(connection, "service_role"):
        connection.execute(
            "delete from public.log_sessions where session_id = %s", (Session(1).session_id,)
        )
    kept = connection.execute(f"select session_id from public.{table}".encode()).fetchall()
    assert kept == [(Session(2).session_id,)]


def test_integration_sessions_cannot_be_deleted_alone(connection: Connection) -> None:
    """Work order: no delete; not for the owner either."""
    Session().create(connection).integration_session(connection, "FOLLOW_UP_CALL")
    with pytest.raises(errors.InsufficientPrivilege, match="delete is refused"):
        connection.execute("delete from public.log_integration_sessions")


def test_an_integration_session_can_be_completed(connection: Connection) -> None:
    """S07: its practitioner completes it and adds score and notes; updated_at moves."""
    session = Session().create(connection)
    before = datetime(2025, 3, 2, tzinfo=UTC)
    session.integration_session(connection, "PHQ9_ASSESSMENT", created_at=before)
    with acting_as(connection, "authenticated", ALICE):
        connection.execute(
            "update public.log_integration_sessions "
            "set completed = true, completed_at = now(), phq9_score = 7, session_notes = 'calm'"
        )
    row = connection.execute(
        "select phq9_score, created_at, updated_at > created_at "
        "from public.log_integration_sessions"
    ).fetchone()
    assert row == (7, before, True)


@pytest.mark.parametrize(
    "change",
    [
        "integration_session_id = gen_random_uuid()",
        "session_id = '00000000-0000-5e55-0000-000000000002'",
        "patient_id = gen_random_uuid()",
        "practitioner_id = '00000000-0000-0000-0000-00000000000b'",
        "session_number = 9",
        "session_date = session_date - 1",
        "session_type = 'GAD7_ASSESSMENT'",
        "created_at = now() - interval '1 year'",
    ],
)
@pytest.mark.parametrize("role", [None, "authenticated", "service_role"])
def test_who_whose_what_and_when_are_frozen(
    connection: Connection, change: str, role: str | None
) -> None:
    """S07: an update never moves a row to another patient, session, kind or time."""
    Session().create(connection).integration_session(connection, "PHQ9_ASSESSMENT")
    Session(2, BOB).create(connection)
    statement = f"update public.log_integration_sessions set {change}".encode()
    with pytest.raises(errors.InsufficientPrivilege, match="keeps who"), connection.transaction():
        if role is None:
            connection.execute(statement)
        else:
            with acting_as(connection, role, ALICE):
                connection.execute(statement)


@each_table
def test_the_database_dates_what_a_practitioner_writes(connection: Connection, table: str) -> None:
    """S07: created_at is now for a practitioner and kept for service_role and the owner."""
    session = Session().create(connection)
    claimed = datetime(2001, 1, 1, tzinfo=UTC)
    kept = []
    for role in ("authenticated", "service_role", None):
        if role is None:
            ENTRIES[table](session, connection, created_at=claimed)
        else:
            with acting_as(connection, role, ALICE):
                ENTRIES[table](session, connection, created_at=claimed)
        kept.append(
            value(
                connection,
                f"select count(*) from public.{table} where created_at = '2001-01-01 00:00+00'",
            )
        )
    assert kept == [0, 1, 2]


@each_table
def test_a_login_outside_the_api_cannot_backdate(
    target: Any, database: Connection, log_in: Callable[[str], Connection], table: str
) -> None:
    """S07: a login that inherits authenticated writes now, whatever it brings."""
    session = Session().create(database)
    with log_in("authenticated") as login:
        login.execute(
            "select set_config('request.jwt.claims', %s, false)", (f'{{"sub": "{ALICE}"}}',)
        )
        ENTRIES[table](session, login, created_at=datetime(2001, 1, 1, tzinfo=UTC))
    assert value(database, f"select created_at > now() - interval '1 hour' from public.{table}")


@pytest.mark.parametrize("table", TABLES[1:])
def test_the_database_computes_the_day(connection: Connection, table: str) -> None:
    """S07: days_post_session is the date difference, whatever the client says."""
    session = Session().create(connection)
    with acting_as(connection, "authenticated", ALICE):
        ENTRIES[table](session, connection, offset=5, days_post_session=99)
    assert value(connection, f"select days_post_session from public.{table}") == 5


# Values --------------------------------------------------------------------------------------

RANGES = [
    *[
        ("log_pulse_checks", f"{name}", 1, 5)
        for name in ("connection_level", "sleep_quality", "mood_level", "energy_level")
    ],
    ("log_integration_sessions", "phq9_score", 0, 27),
    ("log_integration_sessions", "gad7_score", 0, 21),
    ("log_integration_sessions", "whoqol_bref_score", 0, 100),
    ("log_integration_sessions", "psqi_score", 0, 21),
]


@pytest.mark.parametrize(("table", "column", "lowest", "highest"), RANGES)
def test_scores_keep_their_range(
    connection: Connection, table: str, column: str, lowest: int, highest: int
) -> None:
    """S11: both bounds are accepted, one beyond each is refused by the column's own check."""
    session = Session().create(connection)
    for score in (lowest, highest):
        ENTRIES[table](session, connection, **{column: score})
    for score in (lowest - 1, highest + 1):
        error = refused(connection, table, session, **{column: score})
        assert (error.sqlstate, error.diag.constraint_name) == ("23514", f"{table}_{column}_range")


@pytest.mark.parametrize(
    ("table", "values", "constraint"),
    [
        ("log_pulse_checks", {"mood_level": None}, "log_pulse_checks_has_an_answer"),
        ("log_pulse_checks", {"offset": -2}, "log_pulse_checks_not_before_session"),
        ("log_pulse_checks", {"notes": "x" * 2001}, "log_pulse_checks_notes_length"),
        (
            "log_integration_sessions",
            {"session_notes": "x" * 4001},
            "log_integration_sessions_session_notes_length",
        ),
        (
            "log_behavioral_changes",
            {"change_description": "x" * 1001},
            "log_behavioral_changes_change_description_length",
        ),
        (
            "log_behavioral_changes",
            {"change_description": " "},
            "log_behavioral_changes_change_description_length",
        ),
        (
            "log_behavioral_changes",
            {"change_type": "MOOD"},
            "log_behavioral_changes_change_type_known",
        ),
        (
            "log_behavioral_changes",
            {"change_sentiment": "MIXED"},
            "log_behavioral_changes_change_sentiment_known",
        ),
        (
            "log_integration_sessions",
            {"session_type": "PHONE"},
            "log_integration_sessions_session_type_known",
        ),
        (
            "log_integration_sessions",
            {"session_number": 0},
            "log_integration_sessions_session_number_positive",
        ),
    ],
)
def test_checks_refuse(
    connection: Connection, table: str, values: dict[str, Any], constraint: str
) -> None:
    """S11: each check refuses what it is for."""
    session = Session().create(connection)
    if "change_type" in values or "session_type" in values:
        with pytest.raises(errors.CheckViolation) as caught, connection.transaction():
            entry = session.change if "change_type" in values else session.integration_session
            entry(connection, *values.values())
        error: psycopg.Error = caught.value
    else:
        error = refused(connection, table, session, **values)
    assert error.diag.constraint_name == constraint


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("log_pulse_checks", {"offset": -1}),
        ("log_pulse_checks", {"mood_level": None, "energy_level": 1}),
        ("log_pulse_checks", {"notes": "x" * 2000}),
        ("log_integration_sessions", {"offset": -400}),
        ("log_behavioral_changes", {"offset": -3}),
        ("log_behavioral_changes", {"change_description": "x" * 1000}),
    ],
)
def test_checks_accept_their_bounds(
    connection: Connection, table: str, values: dict[str, Any]
) -> None:
    """S11: the evening before the session, one answer, full length and baselines are fine."""
    ENTRIES[table](Session().create(connection), connection, **values)


@each_table
def test_dates_are_finite_and_at_most_tomorrow(connection: Connection, table: str) -> None:
    """S11: tomorrow in UTC is accepted; the day after, year 1 and infinity are refused."""
    session = Session().create(connection)
    column = {"log_pulse_checks": "check_date", "log_behavioral_changes": "change_date"}.get(
        table, "session_date"
    )
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    ENTRIES[table](session, connection, **{column: tomorrow})
    for bad in (tomorrow + timedelta(days=1), date(1899, 12, 31), "infinity", "-infinity"):
        error = refused(connection, table, session, **{column: bad})
        assert error.sqlstate == "23514"


@pytest.mark.parametrize(
    ("table", "column"),
    [
        *[(table, name) for table in TABLES for name in ("created_at",)],
        ("log_pulse_checks", "check_date"),
        ("log_behavioral_changes", "change_date"),
        ("log_behavioral_changes", "change_description"),
        ("log_behavioral_changes", "change_sentiment"),
        ("log_integration_sessions", "session_date"),
        ("log_integration_sessions", "session_number"),
        ("log_integration_sessions", "completed"),
    ],
)
def test_critical_fields_are_not_null(connection: Connection, table: str, column: str) -> None:
    """S11: a critical field is never NULL; created_at is filled in."""
    session = Session().create(connection)
    if column == "created_at":
        ENTRIES[table](session, connection, created_at=None)
        assert value(connection, f"select count(created_at) from public.{table}") == 1
    else:
        assert refused(connection, table, session, **{column: None}).sqlstate == "23502"


IDENTIFIERS = {
    "an e-mail address": ["mail a.person+x@clinic.example.org please", "JD@EXAMPLE.COM"],
    "a web address": ["see https://example.org/p/1", "on www.example.org"],
    "a social security number": ["ssn 078-05-1120", "078-05-1120."],
    "a record number": ["MRN 0045821", "chart no. 88213", "Patient ID: A-12345", "policy #99887"],
    "a telephone number": [
        "call 555-867-5309",
        "(555) 867-5309",
        "+44 20 7946 0958",
        "+4917012345678",
        "mobile 0170 1234567",
        "phone: 867 5309 22",
    ],
}
HARMLESS = [
    "PHQ-9 14, then 9 on 2025-03-27; slept 6-7 hours",
    "Walked 10000 steps on 3 of 7 days, pulse 60-70, 120/80",
    "Called on 2025-03-27, phone call went well, next on 2025-04-03",
    "Follow-up by phone 27.03.2025 at 10.30, 45 minutes",
    "25 mg at 09:30, second dose 12.5 mg at 11:00",
    "Dream: www of silk, 3 spiders; mail from school; a telephone rang",
    "Score 3-4-5 on 2025-01-01, 2025-01-02 and 2025-01-03",
    "Weight 72.5 kg, 20 minutes of yoga, 4-7-8 breathing x 5",
    "Patient number one in the queue of feelings; case closed",
]


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("log_pulse_checks", "notes"),
        ("log_behavioral_changes", "change_description"),
        ("log_integration_sessions", "session_notes"),
    ],
)
def test_free_text_refuses_identifiers(connection: Connection, table: str, column: str) -> None:
    """S12: what is unmistakably an identifier is refused, named by kind and not repeated."""
    session = Session().create(connection)
    for kind, texts in IDENTIFIERS.items():
        for text in texts:
            error = refused(connection, table, session, **{column: text})
            assert error.sqlstate == "23514"
            assert error.diag.message_primary == (
                f"{column} looks as if it holds {kind}: leave identifiers out of free text"
            ), text
    for text in HARMLESS:
        ENTRIES[table](session, connection, **{column: text})


def test_free_text_is_guarded_on_update(connection: Connection) -> None:
    """S12: notes added later are guarded as those written at once."""
    Session().create(connection).integration_session(connection, "FOLLOW_UP_CALL")
    with pytest.raises(errors.CheckViolation, match="e-mail"):
        connection.execute(
            "update public.log_integration_sessions set session_notes = 'a@example.org'"
        )


def test_baselines_are_earlier_than_the_session(connection: Connection) -> None:
    """S11: an assessment may lie before the session and has negative days then."""
    session = Session().create(connection)
    session.integration_session(connection, "PHQ9_ASSESSMENT", -10, completed=True, phq9_score=15)
    with acting_as(connection, "service_role"):
        row = connection.execute(
            "select days_post_session, milestone_date from public.get_integration_milestones(%s)",
            (session.session_id,),
        ).fetchone()
    assert row == (-10, day(-10))


def test_the_pipeline_reads_all_and_writes_nothing(connection: Connection) -> None:
    """S10: the pipeline reads by policies of its own and has no right to write."""
    for number, practitioner in ((1, ALICE), (2, BOB)):
        session = Session(number, practitioner).create(connection)
        for entry in ENTRIES.values():
            entry(session, connection)
    with acting_as(connection, "journey_pipeline"):
        for table in (*TABLES, "log_sessions"):
            assert value(connection, f"select count(*) from public.{table}") == 2
            for statement in (
                f"insert into public.{table} default values",
                f"update public.{table} set patient_id = gen_random_uuid()",
                f"delete from public.{table}",
                f"truncate public.{table}",
            ):
                with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                    connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("role", "readable"),
    [
        ("journey_analyst", {"published", "quality"}),
        ("journey_restricted", {"marts", "published", "quality"}),
        ("anon", set()),
        ("authenticated", set()),
        ("service_role", set()),
        (
            "journey_pipeline",
            {"intake", "staging", "intermediate", "marts", "published", "quality"},
        ),
    ],
)
def test_schemas_are_read_by_whom_the_design_says(
    connection: Connection, role: str, readable: set[str]
) -> None:
    """Design: analysts see published and quality, the restricted role marts too."""
    schemas = ("intake", "staging", "intermediate", "marts", "published", "quality")
    found = connection.execute(
        "select s from unnest(%s::text[]) as s where has_schema_privilege(%s, s, 'usage')",
        (list(schemas), role),
    ).fetchall()
    assert {row[0] for row in found} == readable


def test_insert_helper_can_fail(connection: Connection) -> None:
    """The rows that these tests build meet the real constraints: a wrong one is refused."""
    with pytest.raises(errors.ForeignKeyViolation), connection.transaction():
        insert(
            connection,
            "public.log_sessions",
            **Session().owner,
            session_date=day(0),
        )
