"""No value leaves: no planted text is found in anything that we say or write."""

# Each test provokes failures whose message quotes a row somewhere below us, makes sure that they
# came about, and then searches everything that was said and every file that is not the user's own.

from __future__ import annotations

import csv
import json
import os
import re
import signal
import threading
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from canaries import (
    DAY,
    MAIL,
    MODELS,
    NAME,
    NOTE,
    REFUSED,
    SAFE,
    SCORE,
    TRACES,
    add_models,
    key,
    plant,
)
from database import Connection, as_owner
from nightly import in_nightly
from rows import fill
from waiting import LIMIT, ended, waited_for
from watched import AS_OF, Watched
from wellness_journey.database import server
from wellness_journey.database.place import found_place
from wellness_journey.database.settings import Target

QUOTING = "select max(notes)::integer from public.log_pulse_checks"


def test_a_run_of_broken_models_names_kinds_only(checkout: Watched, planted: Target) -> None:
    """Whatever dbt, PostgreSQL or Great Expectations say, `journey run` tells kind and place."""
    add_models(checkout.root, tuple(MODELS))
    with as_owner(planted) as connection:
        connection.execute(
            "create view published.rpt_pulse_trends_by_day as select 'mood'::varchar as metric,"
            " 1 as days_post_session, 11::bigint as patients, min(notes)::numeric as mean,"
            " 1.0 as standard_deviation, 1.0 as ci_lower, 1.0 as ci_upper, false as is_withheld"
            " from public.log_pulse_checks where mood_level > 5;"
            "alter view published.rpt_pulse_trends_by_day owner to journey_pipeline"
        )
    project = (checkout.root / "dbt_project.yml").read_text()
    recording = 'on-run-end:\n  - "{{ record_run(results) }}"\n'
    assert recording in project
    checkout.write("dbt_project.yml", project.replace(recording, f'{recording}  - "{QUOTING}"\n'))
    arguments = ["--", "--store-failures", "--select", "broken"]
    code, said = checkout.told(planted, "run", *AS_OF, *arguments)
    assert code == 2
    for name, (_, kind) in REFUSED.items():
        assert f"NOT BUILT  model broken_{name}: Database Error {kind}\n" in said
    for told in (
        "broken_contract: contract failed (model | contract): notes: data type mismatch (TEXT | ",
        "broken_not_null: Database Error NotNullViolation (SQLSTATE 23502): column nothing, t",
        "broken_index: Database Error UniqueViolation (SQLSTATE 23505): table broken_index",
        "wellness_journey-on-run-end-1: Database Error InvalidTextRepresentation (SQLSTATE 22P02)",
        "broken_macro: Compilation Error; its words can repeat a row: `dbt build --select ",
        "broken_cast_test: Database Error InvalidTextRepresentation (SQLSTATE 22P02)",
        "broken_count_test: Internal Error; its words can repeat a row",
        "LG-001  Every piece of logic does what its unit test says: 1 of 1 in broken_unit",
        "broken_score: 1 to 10 of 1 to 100 rows in broken_tests",
        "TD-005  InvalidTextRepresentation",
    ):
        assert told in said


@in_nightly
def test_a_run_that_cannot_start_names_kinds_only(checkout: Watched, planted: Target) -> None:
    """Nor does any verb after it say more."""
    project = (checkout.root / "dbt_project.yml").read_text()
    checkout.write(
        "dbt_project.yml", f"on-run-start: \"{{{{ run_query('{QUOTING}') }}}}\"\n{project}"
    )
    code, said = checkout.told(planted, "run", *AS_OF)
    assert code == 2
    assert "NOT BUILT  dbt could not start building: Database Error InvalidTextRepresent" in said
    for verb in (["check"], ["report"], ["report", "--json"]):
        assert checkout.told(planted, *verb)[0] == 2


@in_nightly
def test_plain_dbt_is_safe_where_no_value_is_cast(checkout: Watched, planted: Target) -> None:
    """Contracts, data tests, unit tests and the project's own models quote no row.

    Stored failures: none by the flag; those of a test that asks for them itself are out of the
    reach of analysts, who find no canary in whatever they may read.
    """
    add_models(checkout.root, SAFE)
    said = checkout.dbt(planted, "build", "--exclude", "test_type:unit")
    assert "enforced contract that failed" in said
    assert "division by zero" in said
    said = checkout.dbt(planted, "test", "--store-failures", "--select", "broken")
    for failed in ("broken_unit_test", "broken_kept", "unique_broken_tests_session_id"):
        assert f"Failure in test {failed}" in said or f"Failure in unit_test {failed}" in said
    checkout.dbt(planted, "docs", "generate")
    assert_models_cannot_quote(checkout.root / "target" / "manifest.json")
    with as_owner(planted) as connection:
        stored = connection.execute(
            "select relnamespace::regnamespace::text, relname from pg_class"
            " where relname like any (array['%broken_kept%', '%broken_tests_%'])"
        ).fetchall()
        assert stored == [("staging", "broken_kept")]
        assert (
            DAY in connection.execute("select min(session_date) from marts.dim_sessions").fetchone()
        )
        for role in ("journey_analyst", "journey_restricted"):
            connection.execute(f"set role {role}".encode())
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("select from staging.broken_kept")
            connection.execute("reset role")
        assert_no_canary_for_analysts(connection)


def assert_models_cannot_quote(manifest: Path) -> None:
    """The project's own have no constraint, no unique index and no free text."""
    nodes = json.loads(manifest.read_text())["nodes"].values()
    models = [node for node in nodes if node["resource_type"] == "model"]
    models = [model for model in models if "broken" not in model["name"]]
    assert len(models) > 20
    for model in models:
        constrained = [model["constraints"], *(c["constraints"] for c in model["columns"].values())]
        assert not any(constrained), model["name"]
        assert not any(index.get("unique") for index in model["config"].get("indexes") or ())
        assert not re.search(r"\b(session_)?notes\b|change_description", model["raw_code"])


def assert_no_canary_for_analysts(connection: Connection) -> None:
    """Whatever an analyst may read, statistics of columns included."""
    connection.execute("analyze; set role journey_analyst")
    readable = connection.execute(
        "select oid::regclass::text from pg_class"
        " where relkind in ('r', 'v', 'm') and has_schema_privilege(relnamespace, 'usage')"
        " and has_table_privilege(oid, 'select') and relnamespace <> 'pg_catalog'::regnamespace"
        " and relnamespace <> 'information_schema'::regnamespace"
    ).fetchall()
    assert ("published.rpt_pulse_trends_by_day",) in readable
    for (relation,) in [*readable, ("pg_stats",)]:
        rows = connection.execute(f"select t::text from {relation} as t".encode()).fetchall()
        text = str(rows).casefold()
        assert not [trace for trace in TRACES if trace in text], relation
    connection.execute("reset role")


MIGRATIONS = {
    "alter table public.log_pulse_checks alter column notes type integer using notes::integer": (
        "InvalidTextRepresentation (SQLSTATE 22P02)"
    ),
    "create unique index on public.log_pulse_checks (left(notes, 50))": (
        "UniqueViolation (SQLSTATE 23505): table log_pulse_checks, constraint log_pulse_checks_left"
    ),
    "do $$ begin perform notes::integer from public.log_pulse_checks; end $$": (
        "InvalidTextRepresentation (SQLSTATE 22P02)"
    ),
    # Somebody's own trigger.
    "update public.log_sessions set created_at = now() where session_date < '1990-01-01'": (
        "RaiseException (SQLSTATE P0001)"
    ),
    "select 1;\nselect no_such": "UndefinedColumn (SQLSTATE 42703) at line 2: no_such",
}


def test_loads_migrations_and_crashes_tell_the_place(
    checkout: Watched, planted: Target, tmp_path: Path
) -> None:
    """Rejected rows, a migration that a row stops, exceptions that nobody foresaw."""
    folder = tmp_path / "rows"
    folder.mkdir()
    columns = ["session_id", "patient_id", "practitioner_id"]
    whose = [key(name) for name in columns]
    with (folder / "log_pulse_checks.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([*columns, "check_date", "mood_level", "notes", "pulse_check_id"])
        rows.writerow([*whose, DAY, SCORE, NOTE, UUID(int=1)])
        rows.writerow([*whose, NAME, 3, NOTE, UUID(int=2)])
        rows.writerow([*whose, DAY, 3, NOTE, NAME])
        rows.writerow([*whose, DAY, 4, NOTE, key("pulse_check_id")])
        rows.writerow([*whose, DAY, 3, NOTE])
        rows.writerow([*whose, DAY, 3, "Slept well", UUID(int=3)])
    with as_owner(planted) as connection:
        connection.execute(
            "alter table public.log_pulse_checks enable trigger user,"
            " add constraint mood check (mood_level < 6) not valid;"
            "create function public.complain() returns trigger language plpgsql as"
            " $$ begin raise exception 'inline_code_block %', new.session_id; end $$;"
            "create trigger complain before update on public.log_sessions"
            " for each row execute function public.complain()"
        )
    code, said = checkout.told(planted, "load", str(folder))
    assert (code, "6 read = 1 loaded + 0 already present + 5 rejected" in said) == (1, True)
    rejects = checkout.home / "journey" / "rejects"
    assert "ghostwhales" in (rejects / "log_pulse_checks.csv").read_text()
    assert rejects.stat().st_mode & 0o777 == 0o700
    assert (rejects / "log_pulse_checks.csv").stat().st_mode & 0o777 == 0o600

    for statement, told in MIGRATIONS.items():
        checkout.write("migrations/999_bad.sql", statement)
        code, said = checkout.told(planted, "migrate")
        assert (code, f"nothing was applied: {told}" in said) == (2, True), said
    (checkout.root / "migrations" / "999_bad.sql").unlink()

    row = "self._connection.execute('select notes from public.log_pulse_checks').fetchall()"
    for line, kind in (
        ("raise LookupError(rows)", "LookupError"),
        (f"rows = {row}; assert not rows, rows", "AssertionError"),
        ("import yaml; yaml.safe_load(rows[min(rows)][5])", "ScannerError"),
    ):
        checkout.break_code(
            "intake/batches.py",
            "        lines = sorted(rows)",
            f"        {line}\n        lines = sorted(rows)",
        )
        code, said = checkout.told(planted, "load", str(folder))
        assert (code, f"internal error: {kind} at batches.py:" in said) == (2, True), said
        checkout.break_code("intake/batches.py", f"        {line}\n", "")


@in_nightly
def test_a_killed_server_logs_no_value(checkout: Watched) -> None:
    """A backend, then the server, killed in the middle of a run: nothing in our server's log."""
    home = checkout.home / "journey"
    try:
        for verb in ("up", "migrate"):
            assert checkout.told(None, verb)[0] == 0
        target = server.running(home)
        assert target
        fill(target)
        with as_owner(target) as connection:
            plant(connection)
            with pytest.raises(psycopg.errors.InvalidTextRepresentation):
                connection.execute(f"select '{NAME}'::integer".encode())

        def sleep() -> None:
            with suppress(psycopg.Error), as_owner(target) as connection:
                pids.append(connection.info.backend_pid)
                connection.execute(f"select pg_sleep({LIMIT}), '{NAME} {MAIL} {key('x')}'".encode())

        pids: list[int] = []
        thread = threading.Thread(target=sleep)
        thread.start()
        run = checkout.start(None, "run", *AS_OF)
        with as_owner(target) as connection:
            busy = "select from pg_stat_activity where application_name = 'journey dbt'"
            waited_for(lambda: connection.execute(busy.encode()).rowcount or run.poll() is not None)
            waited_for(lambda: pids)
        assert run.poll() is None
        os.kill(pids[0], signal.SIGKILL)
        out, err = ended(run)
        thread.join()
        assert run.returncode == 2, out + err
        postmaster = int((server_place(home) / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        said = checkout.told(None, "report")[1]
        assert "was not stopped cleanly" in said
        log = (server_place(home) / "server.log").read_text()
        assert "was terminated by signal 9" in log
        checkout.search(out + err + log)
    finally:
        server.remove(home)


def server_place(home: Path) -> Path:
    place = found_place(home)
    assert place
    return place.folder
