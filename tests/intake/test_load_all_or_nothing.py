"""A load is whole or leaves nothing; real diaries load whole."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NoReturn

import pytest

from clinic_files import WHOSE, check_id
from cohorts import OPEN_PLAY
from database import Connection
from loaded import VALUE, count, pulse_checks, rejected
from wellness_journey.database.settings import Target, connect
from wellness_journey.errors import BusyError, InputError, JourneyError
from wellness_journey.intake import load as loading
from wellness_journey.intake.load import TableLoad, load

# All or nothing ----------------------------------------------------------------------------


def test_an_interrupted_load_leaves_nothing(
    database: Connection, folder: Path, rejects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped halfway, a load leaves the tables and the earlier rejects file as they were."""
    monkeypatch.setattr(loading, "_BATCH", 2)
    pulse_checks(folder, "1,2025-03-02,9")
    load(database, folder, rejects)
    before = (rejects / "log_pulse_checks.csv").read_text()
    pulse_checks(folder, *(f"{n},2025-03-02,{n}" for n in range(2, 9)))
    said: list[str] = []

    def stop(text: str) -> None:
        said.append(text)
        if len(said) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(database, folder, rejects, stop)
    assert said[-1].startswith("load     log_pulse_checks: 6 rows read, ")
    assert count(database) == 0
    assert [path.name for path in rejects.iterdir()] == ["log_pulse_checks.csv"]
    assert (rejects / "log_pulse_checks.csv").read_text() == before
    assert load(database, folder, rejects)[-1].loaded == 4


def test_rows_that_a_trigger_drops_are_missed(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """Read = loaded + already present + rejected, or nothing is loaded."""
    database.execute(
        "create function public.drop_row() returns trigger language plpgsql "
        "as $$ begin return null; end $$;"
        "create trigger drop_row before insert on public.log_sessions "
        "for each row execute function public.drop_row()"
    )
    with pytest.raises(JourneyError, match="1 rows read are not 0 loaded"):
        load(database, folder, rejects)
    assert count(database, "auth.users") == 0


def test_no_error_repeats_a_value(database: Connection, folder: Path, rejects: Path) -> None:
    """Whatever the database says when it fails, a row's value is not passed on."""
    database.execute(
        "create function public.fail() returns trigger language plpgsql "
        "as $$ begin raise exception 'bad %', new.notes using errcode = 'XX001'; end $$;"
        "create trigger a_fail before insert on public.log_pulse_checks "
        "for each row execute function public.fail()"
    )
    pulse_checks(folder, f"1,2025-03-02,4,{VALUE}", columns="check_date,mood_level,notes")
    with pytest.raises(JourneyError, match=r"nothing was loaded: .* \(SQLSTATE XX001\)") as caught:
        load(database, folder, rejects)
    assert VALUE not in str(caught.value)
    assert caught.value.__suppress_context__
    assert not list(rejects.iterdir())


def test_rejects_are_private_and_current(database: Connection, folder: Path, rejects: Path) -> None:
    """Rejects are readable by their owner alone, hold the row as read, and go when mended.

    The file of a table that a load does not read stays.
    """
    rejects.mkdir(mode=0o755, parents=True)
    (rejects / "log_behavioral_changes.csv").write_text("of another load")
    (rejects / "log_sessions.csv").write_text("stale")
    (rejects / ".log_pulse_checks.csv.part").write_text("of another program")
    (rejects / ".log_pulse_checks.part").write_text("of a killed load")
    file = pulse_checks(
        folder, f'1,2025-03-02,9,"{VALUE}, too"', columns="check_date,mood_level,notes"
    )
    load(database, folder, rejects)
    assert rejects.stat().st_mode & 0o777 == 0o700
    reject_file = rejects / "log_pulse_checks.csv"
    assert reject_file.stat().st_mode & 0o777 == 0o600
    header, row = csv.reader(reject_file.read_text().splitlines())
    assert header == ["line", "reason", *file.read_text().splitlines()[0].split(",")]
    assert row[2:] == [check_id(1), *WHOSE.split(","), "2025-03-02", "9", f"{VALUE}, too"]
    pulse_checks(folder, "1,2025-03-02,4")
    load(database, folder, rejects)
    assert sorted(path.name for path in rejects.iterdir()) == [
        ".log_pulse_checks.csv.part",
        "log_behavioral_changes.csv",
    ]


def test_a_load_leaves_no_rows_in_the_session(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """The tables a load works in are gone when it ends."""
    load(database, folder, rejects)
    assert (
        database.execute(
            "select relname from pg_catalog.pg_class where relpersistence = 't'"
        ).fetchall()
        == []
    )


# The database as a whole ---------------------------------------------------------------------


def test_never_beside_invented_rows(database: Connection, folder: Path, rejects: Path) -> None:
    """A database with the synthetic cohort takes no other rows."""
    database.execute(
        "insert into quality.synthetic_cohort (seed, sessions, days, as_of) "
        "values (1, 1, 1, '2025-12-31')"
    )
    with pytest.raises(InputError, match=r"synthetic cohort .* JOURNEY_HOME"):
        load(database, folder, rejects)
    assert count(database, "auth.users") == 0


@pytest.mark.parametrize("table", ["quality.synthetic_cohort", "public.log_sessions"])
def test_missing_tables_ask_for_migrate(
    database: Connection, folder: Path, rejects: Path, table: str
) -> None:
    """Without the tables, the next thing to do is `journey migrate`."""
    database.execute(f"drop table {table} cascade".encode())
    with pytest.raises(JourneyError, match=f"no {table}: run `journey migrate`"):
        load(database, folder, rejects)
    assert count(database, "auth.users") == 0


def test_without_rights_nothing_is_tried(database: Connection, folder: Path, rejects: Path) -> None:
    """A login that may not fill the tables is told so, not row by row."""
    database.execute("grant usage on schema auth to journey_analyst; set role journey_analyst")
    with pytest.raises(JourneyError, match=r"may not read and insert into auth\.users"):
        load(database, folder, rejects)


def test_one_load_at_a_time(
    database: Connection, target: Target, folder: Path, rejects: Path
) -> None:
    """While one load runs a second one leaves at once."""

    def try_another(_: str) -> NoReturn:
        with connect(target) as second, pytest.raises(BusyError, match="another load or seed"):
            load(second, folder, rejects / "second")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        load(database, folder, rejects, try_another)


@pytest.mark.skipif(
    not (OPEN_PLAY / "log_pulse_checks.csv").is_file(),
    reason=f"the real diaries are not at {OPEN_PLAY}: the loader is NOT tested on them",
)
def test_open_play(database: Connection, rejects: Path) -> None:
    """Real diaries load whole but for the 262 without any answer; again, nothing is added."""
    read = {
        "auth_users": 40,
        "log_sessions": 1275,
        "log_integration_sessions": 1762,
        "log_behavioral_changes": 3011,
    }
    assert load(database, OPEN_PLAY, rejects) == [
        *(TableLoad(table, rows, rows, 0, 0) for table, rows in read.items()),
        TableLoad("log_pulse_checks", 16_157, 15_895, 0, 262),
    ]
    assert len(rejected(rejects)) == 262
    assert {reason for _, reason in rejected(rejects)} == {
        "breaks the rule that at least one of the four questions is answered"
        " (log_pulse_checks_has_an_answer)"
    }
    assert load(database, OPEN_PLAY, rejects) == [
        *(TableLoad(table, rows, 0, rows, 0) for table, rows in read.items()),
        TableLoad("log_pulse_checks", 16_157, 0, 15_895, 262),
    ]
