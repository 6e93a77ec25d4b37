"""What the mutants (mutants.yml) showed to be untested in the schema."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from conftest import ROOT
from rows import ALICE, BOB, Connection, Session, acting_as, day, insert
from waiting import LIMIT
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target
from wellness_journey.errors import MigrationError

MIGRATIONS = ROOT / "migrations"
TABLES = ("log_integration_sessions", "log_behavioral_changes", "log_pulse_checks")
SUMMARY = "select * from public.get_behavioral_changes_summary(%s)"
MILESTONES = "select * from public.get_integration_milestones(%s)"
PATH = "search_path=pg_catalog, pg_temp"
each_table = pytest.mark.parametrize("table", TABLES)


def entry(table: str, session: Session, connection: Connection, **values: Any) -> None:
    """A row of `table`, whatever it is."""
    if table == "log_integration_sessions":
        session.integration_session(connection, "FOLLOW_UP_CALL", **values)
    elif table == "log_behavioral_changes":
        session.change(connection, **values)
    else:
        session.pulse_check(connection, **values)


def column_of(connection: Connection, query: str, *values: Any) -> set[Any]:
    return {row[0] for row in connection.execute(query.encode(), values or None)}


def score(connection: Connection, session: Session, *days: int) -> tuple[Any, ...]:
    """The compliance of a session, as its practitioner sees it."""
    asked = ", ".join(["%s"] * (1 + len(days)))
    with acting_as(connection, "authenticated", ALICE):
        row = connection.execute(
            f"select * from public.calculate_compliance_score({asked})".encode(),
            (session.session_id, *days),
        ).fetchone()
    assert row is not None
    return row


def first(connection: Connection, query: str, *values: Any) -> Any:
    row = connection.execute(query.encode(), values or None).fetchone()
    assert row is not None
    return row[0]


# Migrations -----------------------------------------------------------------------------------


@pytest.fixture
def prepared(copy_of: Callable[[str], Target]) -> Target:
    """A database with the prerequisites only."""
    target = copy_of("template0")
    with settings.connect(target, autocommit=True) as connection:
        for path in sorted((MIGRATIONS / "prerequisites").glob("*.sql")):
            connection.execute(path.read_bytes())
    return target


@pytest.mark.parametrize(
    "migration", migrate.migrations(MIGRATIONS), ids=lambda migration: migration.name
)
def test_each_file_opens_with_its_path_and_patience(migration: migrate.Migration) -> None:
    """No object of somebody else is found by the migration; nobody waits long behind it."""
    statements = re.sub(r"(?m)^--.*\n", "", migration.text).split(";")
    assert [statement.strip() for statement in statements[:2]] == [
        "set local search_path = pg_catalog, pg_temp",
        "set local lock_timeout = '5s'",
    ]


def test_a_migration_does_not_wait_for_ever(prepared: Target, tmp_path: Path) -> None:
    """Behind an open transaction on log_sessions it gives up, and nothing was applied."""
    folder = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))
    file = folder / "044_add_integration_sessions.sql"
    file.write_text(file.read_text().replace("lock_timeout = '5s'", "lock_timeout = '50ms'"))
    with (
        settings.connect(prepared) as writer,
        settings.connect(prepared, autocommit=True) as connection,
    ):
        writer.execute("insert into auth.users (id) values (%s)", (ALICE,))
        Session().create(writer)
        # Without a lock_timeout of the file this one ends the wait, with another SQLSTATE.
        connection.execute(f"set statement_timeout = '{LIMIT:.0f}s'".encode())
        with pytest.raises(MigrationError, match=r"044.*55P03"):
            migrate.migrate(connection, folder)
        writer.rollback()
        assert file.name in migrate.migrate(connection, folder)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("alter role anon rename to nobody_here", "role missing: anon"),
        ("alter table auth.users rename to logins", "auth.users or auth.uid() is missing"),
        ("drop function auth.uid() cascade", "auth.users or auth.uid() is missing"),
        ("drop table public.log_sessions", "table public.log_sessions is missing"),
    ],
)
def test_what_is_missing_is_told_by_name(prepared: Target, before: str, said: str) -> None:
    """044 names what it lacks before it makes anything."""
    with settings.connect(prepared) as connection:
        connection.execute(before.encode())
        with pytest.raises(errors.RaiseException) as caught:
            connection.execute((MIGRATIONS / "044_add_integration_sessions.sql").read_bytes())
        connection.rollback()
    assert caught.value.diag.message_primary == said
    assert caught.value.diag.message_hint


# What the catalogue says ----------------------------------------------------------------------


def test_functions_pin_what_they_depend_on(connection: Connection) -> None:
    """S01, F02, S10: every function its path; who reads sessions, zone and row_security too."""
    found: dict[str, list[str] | None] = dict(
        connection.execute(
            "select proname, proconfig from pg_proc where pronamespace in "
            "('public'::regnamespace, 'quality'::regnamespace, 'intake'::regnamespace, "
            "'auth'::regnamespace)"
        ).fetchall()
    )
    assert len(found) == 17
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
    assert len(found) == 9 + 4 * 3
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
    assert found == nullable


def test_group_roles_cannot_log_in_or_pass_by_policies(connection: Connection) -> None:
    """Design: three roles without login; the pipeline reads by its policies."""
    found = connection.execute(
        "select rolname, rolcanlogin, rolbypassrls, rolsuper, rolinherit from pg_roles "
        "where rolname like 'journey%'"
    ).fetchall()
    assert sorted(found) == [
        (name, False, False, False, False)
        for name in ("journey_analyst", "journey_pipeline", "journey_restricted")
    ]


@each_table
def test_a_practitioner_with_rows_stays(connection: Connection, table: str) -> None:
    """S11: the login of whoever wrote a row is not deleted from under it."""
    entry(table, Session().create(connection), connection)
    connection.execute("alter table public.log_sessions drop constraint "
                       "log_sessions_practitioner_id_fkey")  # fmt: skip
    with pytest.raises(errors.ForeignKeyViolation), connection.transaction():
        connection.execute("delete from auth.users")


# Dosing sessions ------------------------------------------------------------------------------


def test_dosing_sessions_are_the_practitioners_own(connection: Connection) -> None:
    """Prerequisites: a practitioner reads and books own sessions, and deletes none."""
    Session().create(connection)
    foreign = Session(2, BOB).create(connection)
    new = {**Session(3).owner, "session_date": day(0)}
    with acting_as(connection, "authenticated", ALICE):
        assert first(connection, "select count(*) from public.log_sessions") == 1
        insert(connection, "public.log_sessions", **new)
        new["session_id"], new["practitioner_id"] = UUID(int=4), foreign.practitioner_id
        with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
            insert(connection, "public.log_sessions", **new)
        for statement in (
            "delete from public.log_sessions",
            "update public.log_sessions set patient_id = gen_random_uuid()",
        ):
            with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement.encode())


@pytest.mark.parametrize("claims", ["", "{}", None])
def test_no_claims_are_nobody(connection: Connection, claims: str | None) -> None:
    """The setting that an earlier request left empty is no claim, and no error."""
    if claims is not None:
        connection.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
    assert first(connection, "select auth.uid()") is None


@each_table
def test_a_session_without_a_day_takes_no_rows(connection: Connection, table: str) -> None:
    """S11: where the platform's session_date may be NULL, a row's day could not be computed."""
    connection.execute("alter table public.log_sessions alter session_date drop not null")
    session = Session().create(connection, None)
    with pytest.raises(errors.CheckViolation, match="no finite session_date"):
        entry(table, session, connection)


# Where the owner is filtered ------------------------------------------------------------------


@pytest.fixture
def plain_owner(connection: Connection) -> Connection:
    """Tables and functions belong to a role that row-level security filters once it is forced."""
    connection.execute("create role plain_owner nologin")
    connection.execute("grant usage on schema auth to plain_owner")
    for kind, query in {
        "function": "select oid::regprocedure::text from pg_proc "
        "where pronamespace = 'public'::regnamespace",
        "table": "select oid::regclass::text from pg_class "
        "where relnamespace = 'public'::regnamespace and relkind = 'r'",
    }.items():
        for name in column_of(connection, query):
            connection.execute(f"alter {kind} {name} owner to plain_owner".encode())
    return connection


@pytest.mark.parametrize(
    ("forced", "call"),
    [
        ("log_pulse_checks", "select * from public.calculate_compliance_score(%s)"),
        ("log_integration_sessions", MILESTONES),
        ("log_behavioral_changes", SUMMARY),
        ("log_sessions", MILESTONES),
    ],
)
def test_a_function_that_is_filtered_says_so(
    plain_owner: Connection, forced: str, call: str
) -> None:
    """S10: under FORCE ROW LEVEL SECURITY it would else count 0 in silence."""
    session = Session().create(plain_owner)
    with acting_as(plain_owner, "authenticated", ALICE):
        plain_owner.execute(call.encode(), (session.session_id,))
    plain_owner.execute(f"alter table public.{forced} force row level security".encode())
    with (
        pytest.raises(errors.InsufficientPrivilege, match="row-level security"),
        acting_as(plain_owner, "authenticated", ALICE),
    ):
        plain_owner.execute(call.encode(), (session.session_id,))


@each_table
def test_a_guard_that_is_filtered_says_so(plain_owner: Connection, table: str) -> None:
    """S06, S10: it would else hold every session for unknown, and let every row be deleted."""
    session = Session().create(plain_owner)
    entry(table, session, plain_owner)
    plain_owner.execute("alter table public.log_sessions force row level security")
    filtered = pytest.raises(errors.InsufficientPrivilege, match="row-level security")
    with filtered, acting_as(plain_owner, "authenticated", ALICE):
        entry(table, session, plain_owner)
    with filtered, acting_as(plain_owner, "plain_owner"):
        plain_owner.execute(f"delete from public.{table}".encode())


# Values ---------------------------------------------------------------------------------------


def test_what_nobody_said(connection: Connection) -> None:
    """Work order: a planned session is not completed, a change is positive."""
    session = Session().create(connection)
    session.integration_session(connection, "FOLLOW_UP_CALL")
    session.change(connection)
    assert first(connection, "select completed from public.log_integration_sessions") is False
    found = first(connection, "select change_sentiment from public.log_behavioral_changes")
    assert found == "POSITIVE"


@pytest.mark.parametrize("role", ["authenticated", "service_role"])
def test_the_database_dates_changes_of_a_practitioner(connection: Connection, role: str) -> None:
    """S07: updated_at as well is the database's for a practitioner and kept for service_role."""
    claimed = datetime(2001, 1, 1, tzinfo=UTC)
    session = Session().create(connection)
    with acting_as(connection, role, ALICE):
        session.integration_session(connection, "FOLLOW_UP_CALL", updated_at=claimed)
    found = first(connection, "select updated_at from public.log_integration_sessions")
    assert (found == claimed) == (role == "service_role")


# Functions ------------------------------------------------------------------------------------


def test_each_milestone_has_its_words(connection: Connection) -> None:
    """Work order: seven types, each in words."""
    words = {
        "PULSE_CHECK": "Daily Pulse Check",
        "PHQ9_ASSESSMENT": "PHQ-9 Assessment",
        "GAD7_ASSESSMENT": "GAD-7 Assessment",
        "WHOQOL_BREF": "Quality of Life Assessment",
        "PSQI_ASSESSMENT": "Sleep Quality Assessment",
        "INTEGRATION_THERAPY": "Integration Therapy Session",
        "FOLLOW_UP_CALL": "Follow-up Call",
    }
    session = Session().create(connection)
    for kind in words:
        session.integration_session(connection, kind)
    with acting_as(connection, "authenticated", ALICE):
        found = connection.execute(MILESTONES, (session.session_id,)).fetchall()
    assert {row[1]: row[2] for row in found} == words


def test_ties_of_milestones_end_at_time_and_key(connection: Connection) -> None:
    """F10: of one day, type and number the row written first comes first, then the lower key."""
    session = Session().create(connection)
    early, late = datetime(2025, 3, 3, tzinfo=UTC), datetime(2025, 3, 4, tzinfo=UTC)
    for key, created_at, completed in ((2, late, True), (1, late, False), (3, early, True)):
        session.integration_session(
            connection,
            "FOLLOW_UP_CALL",
            integration_session_id=UUID(int=key),
            created_at=created_at,
            completed=completed,
        )
    with acting_as(connection, "authenticated", ALICE):
        found = connection.execute(MILESTONES, (session.session_id,)).fetchall()
    assert [row[3] for row in found] == [True, False, True]


def test_ties_of_changes_have_one_order(connection: Connection) -> None:
    """F10: equal counts by type; equal days by time, newest first, then by key."""
    session = Session().create(connection)
    early, late = datetime(2025, 3, 3, tzinfo=UTC), datetime(2025, 3, 4, tzinfo=UTC)
    for key, created_at, text in (
        (3, late, "second"),
        (2, late, "first"),
        (1, early, "third"),
    ):
        session.change(
            connection,
            "SOCIAL",
            change_id=UUID(int=key),
            created_at=created_at,
            change_description=text,
        )
    for offset in (1, 2, 3):
        session.change(connection, "HABIT", offset)
    with acting_as(connection, "authenticated", ALICE):
        found = connection.execute(SUMMARY, (session.session_id,)).fetchall()
    assert [row[0] for row in found] == ["HABIT", "SOCIAL"]
    assert found[1][2] == ["first", "second", "third"]


def test_a_function_tells_of_its_session_only(connection: Connection) -> None:
    """F04: rows of the practitioner's other sessions do not count."""
    session, other = Session().create(connection), Session(2).create(connection)
    for table in TABLES:
        entry(table, other, connection)
    other.integration_session(connection, "PHQ9_ASSESSMENT", completed=True)
    other.integration_session(connection, "INTEGRATION_THERAPY", completed=True)
    assert score(connection, session) == (0, 0, 0, 0, 0, 0, 0)
    with acting_as(connection, "authenticated", ALICE):
        for call in (MILESTONES, SUMMARY):
            assert connection.execute(call.encode(), (session.session_id,)).fetchall() == []


@pytest.mark.parametrize(
    ("days", "assessments", "therapy"),
    [(1, "100.00", "100.00"), (7, "100.00", "100.00"), (8, "50.00", "100.00"),
     (30, "20.00", "100.00"), (31, "20.00", "50.00"), (60, "11.11", "50.00")],
)  # fmt: skip
def test_a_week_and_a_month_begun_are_expected(
    connection: Connection, days: int, assessments: str, therapy: str
) -> None:
    """F04: an assessment per 7 days and a therapy session per 30 days, both rounded up."""
    session = Session().create(connection)
    session.integration_session(connection, "PHQ9_ASSESSMENT", completed=True)
    session.integration_session(connection, "INTEGRATION_THERAPY", completed=True)
    row = score(connection, session, days)
    assert (str(row[3]), str(row[5])) == (assessments, therapy)


SCORES = {
    "PHQ9_ASSESSMENT": "phq9_score",
    "GAD7_ASSESSMENT": "gad7_score",
    "WHOQOL_BREF": "whoqol_bref_score",
    "PSQI_ASSESSMENT": "psqi_score",
}


@pytest.mark.parametrize("instrument", SCORES)
def test_each_instrument_counts_when_done(connection: Connection, instrument: str) -> None:
    """F05: completed, or with its own score; not when planned, not with another's score."""
    session = Session().create(connection)
    session.integration_session(connection, instrument)
    for other in SCORES.values():
        if other != SCORES[instrument]:
            session.integration_session(connection, instrument, **{other: 0})
    assert score(connection, session)[2] == 0
    session.integration_session(connection, instrument, completed=True)
    assert score(connection, session)[2] == 1
    session.integration_session(connection, instrument, **{SCORES[instrument]: 0})
    assert score(connection, session)[2] == 2


def test_the_window_is_180_days_unless_said(connection: Connection) -> None:
    """Work order: the default, 180 checks, 26 assessments, 6 therapy sessions expected."""
    session = Session().create(connection)
    session.pulse_check(connection)
    session.integration_session(connection, "PHQ9_ASSESSMENT", completed=True)
    session.integration_session(connection, "INTEGRATION_THERAPY", completed=True)
    row = score(connection, session)
    assert [str(share) for share in (row[1], row[3], row[5])] == ["0.56", "3.85", "16.67"]


# Quality --------------------------------------------------------------------------------------


def test_the_oracle_counts_text_and_survives_errors(connection: Connection) -> None:
    """D02: no text goes past the function; one failing session does not end the comparison."""
    session = Session().create(connection)
    session.change(connection, change_description="Reads at night")
    ask = "select quality.oracle('get_behavioral_changes_summary', %s)"
    with acting_as(connection, "journey_pipeline"):
        found = first(connection, ask, session.session_id)
        missing = first(connection, ask, UUID(int=1))
    assert found == [{"change_type": "HABIT", "change_count": 1, "recent_changes": 1}]
    assert missing == {"sqlstate": "42501"}


def test_only_the_pipeline_asks_the_oracle(connection: Connection) -> None:
    """D02: not the readers of its results."""
    roles = ["anon", "authenticated", "service_role", "journey_restricted", "journey_analyst"]
    for role in roles:
        assert not first(
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
    insert(connection, "quality.runs", **run, command="check", as_of=day(0), started_at=now,
           finished_at=now, nodes_failed=0)  # fmt: skip
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
        insert(connection, "quality.check_results", **{**result, "run_id": UUID(int=2)},
               engine="dbt")  # fmt: skip
    connection.execute("delete from quality.runs")
    assert first(connection, "select count(*) from quality.check_results") == 0


def test_a_rule_has_results_of_several_checks_and_a_known_weight(connection: Connection) -> None:
    """Two checks of one rule are both kept; the pipeline keeps the catalogue, in known words."""
    now = datetime(2025, 3, 1, tzinfo=UTC)
    run = {"run_id": UUID(int=1)}
    rule = dict.fromkeys(("sentence", "tested", "columns", "acts", "action"), "x") | {
        "rule_id": "PC-001", "category": "conformance", "context": "verification",
        "severity": "minor", "threshold_pct": 0,
    }  # fmt: skip
    with acting_as(connection, "journey_pipeline"):
        insert(connection, "quality.runs", **run, command="check", as_of=day(0), started_at=now,
               finished_at=now, nodes_failed=0)  # fmt: skip
        for name in ("a", "b"):
            insert(connection, "quality.check_results", **run, engine="dbt", check_name=name,
                   rule_id="PC-001", tested="log_pulse_checks", status="pass")  # fmt: skip
        insert(connection, "quality.rules", **rule)
        for wrong in ({"severity": "grave"}, {"category": "kind"}, {"context": "none"}):
            with pytest.raises(errors.CheckViolation), connection.transaction():
                insert(connection, "quality.rules", **rule | {"rule_id": "PC-002"} | wrong)
    assert first(connection, "select count(*) from quality.check_results") == 2


def test_the_text_guard_reads_its_patterns_its_own_way(connection: Connection) -> None:
    """S12: a caller's setting about backslashes neither opens the guard nor stops every note."""
    session = Session().create(connection)
    connection.execute("set local standard_conforming_strings = off")
    session.pulse_check(connection, notes="slept well")
    with pytest.raises(errors.CheckViolation, match="telephone"), connection.transaction():
        session.pulse_check(connection, notes="phone 555 867 5309")
