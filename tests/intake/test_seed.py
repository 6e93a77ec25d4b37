"""`journey seed`: the same invented people everywhere, never beside others."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, NoReturn

import pytest
from psycopg import sql

from database import Connection
from seeded import TABLES
from wellness_journey.cohort import diaries, people
from wellness_journey.cohort.seed import SEED_AS_OF, SeedResult, seed
from wellness_journey.database.settings import Target, connect
from wellness_journey.errors import BusyError, JourneyError, UsageError


def dump(database: Connection, *, sessions: int | None = None) -> dict[str, list[Any]]:
    """All rows as text in a total order; with `sessions`, those of the first ones only."""
    keys = [diaries.person(1, index, 60)["log_sessions"][0][0] for index in range(sessions or 0)]
    rows = {}
    for name in TABLES:
        query = sql.SQL("select t::text from {} as t {} order by 1").format(
            sql.Identifier(*name.split(".")),
            sql.SQL("where session_id = any(%(keys)s::uuid[])" if sessions else ""),
        )
        if not sessions or name != "auth.users":
            rows[name] = database.execute(query, {"keys": keys}).fetchall()
    return rows


def clear(database: Connection) -> None:
    database.execute("delete from public.log_sessions")
    database.execute("delete from auth.users")
    database.execute("delete from quality.synthetic_cohort")


# The same everywhere -------------------------------------------------------------------------


def test_bytes_are_fixed() -> None:
    """Seed 1 is these very rows, on any machine, Python and day.

    If the generator is changed on purpose, the new digest goes here.
    """
    digest = hashlib.sha256()
    for index in range(40):
        for table, rows in diaries.person(1, index, 180).items():
            for row in rows:
                digest.update("|".join(map(str, (table, *row))).encode())
    assert digest.hexdigest() == (
        "cc31a4958ae3e6e595a813334c4f49a6cb9d5018e1a7eccc443a827beca6f861"
    )


def test_same_arguments_same_rows(database: Connection) -> None:
    """Two databases seeded alike are equal, row for row and column for column."""
    seed(database, sessions=30, days=60)
    first = dump(database)
    clear(database)
    database.execute("set timezone = 'Pacific/Auckland'")
    database.execute("set datestyle = 'SQL, DMY'")
    seed(database, sessions=30, days=60)
    database.execute("reset timezone")
    database.execute("reset datestyle")
    assert dump(database) == first


def test_sessions_begin_at_midnight_utc_where_they_have_a_time(database: Connection) -> None:
    """Where session_date is a timestamptz, its day is the UTC day whatever the caller's zone."""
    database.execute("alter table public.log_sessions alter column session_date type timestamptz")
    database.execute("set timezone = 'Pacific/Auckland'")
    seed(database, sessions=5, days=30)
    assert database.execute(
        "select session_id::text, (session_date at time zone 'UTC')::text from public.log_sessions"
    ).fetchall() == [
        (row[0], f"{row[3]} 00:00:00")
        for index in range(5)
        for row in diaries.person(1, index, 30)["log_sessions"]
    ]


def test_a_person_does_not_depend_on_the_cohort(database: Connection) -> None:
    """Person i is the same in a cohort of 20, of 40 and of 140."""
    seed(database, sessions=20, days=60)
    small = dump(database, sessions=20)
    for sessions in (40, 140):
        clear(database)
        seed(database, sessions=sessions, days=60)
        assert dump(database, sessions=20) == small


def test_another_seed_is_another_cohort() -> None:
    """No key of one seed occurs in another."""
    keys = [
        {
            str(row[0])
            for i in range(20)
            for rows in diaries.person(s, i, 30).values()
            for row in rows
        }
        for s in (1, 2)
    ]
    assert keys[0].isdisjoint(keys[1])


def test_a_second_seed_does_nothing(database: Connection) -> None:
    """The same arguments again leave the database as it is and say so."""
    counts = {
        "auth_users": 3,
        "log_sessions": 5,
        **{
            table: sum(len(diaries.person(7, index, 30)[table]) for index in range(5))
            for table in diaries.COLUMNS
            if table != "log_sessions"
        },
    }
    said: list[str] = []
    assert seed(database, sessions=5, days=30, seed=7, progress=said.append) == SeedResult(
        counts, date(2025, 12, 31), False
    )
    assert said == ["seed     5 of 5 sessions, 100 %"]
    before = dump(database)
    assert seed(database, sessions=5, days=30, seed=7) == SeedResult(counts, SEED_AS_OF, True)
    assert dump(database) == before
    assert database.execute(
        "select seed, sessions, days, as_of from quality.synthetic_cohort"
    ).fetchall() == [(7, 5, 30, SEED_AS_OF)]


# What is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("other", [{"seed": 2}, {"sessions": 4}, {"days": 31}])
def test_one_cohort_a_database(database: Connection, other: dict[str, Any]) -> None:
    """Another cohort's database is refused; the message says where to go instead."""
    arguments: dict[str, Any] = {"seed": 1, "sessions": 3, "days": 30}
    seed(database, **arguments)
    with pytest.raises(UsageError, match=r"another cohort \(--seed 1 --sessions 3 .* JOURNEY_HOME"):
        seed(database, **arguments | other)


def test_never_beside_real_rows(database: Connection) -> None:
    """A database that holds any session is refused; logins alone, its own too, are no obstacle."""
    key = people.practitioner(1, 0)
    database.execute("insert into auth.users (id) values (%s)", (key,))
    database.execute(
        "insert into public.log_sessions (practitioner_id, patient_id, session_date) "
        "values (%s, %s, '2025-03-01')",
        (key, key),
    )
    with pytest.raises(UsageError, match=r"holds rows in log_sessions, .* JOURNEY_HOME"):
        seed(database, sessions=3)
    database.execute("delete from public.log_sessions")
    assert not seed(database, sessions=3, days=30).already


@pytest.mark.parametrize("wrong", [{"sessions": 0}, {"days": 0}, {"days": 5000}, {"seed": 2**63}])
def test_arguments_have_ranges(database: Connection, wrong: dict[str, Any]) -> None:
    """An argument out of range is named with its range."""
    with pytest.raises(UsageError, match=rf"--{next(iter(wrong))} is {next(iter(wrong.values()))}"):
        seed(database, **wrong)


def test_missing_tables_ask_for_migrate(database: Connection) -> None:
    """Without the tables, the next thing to do is `journey migrate`."""
    database.execute("drop table quality.synthetic_cohort")
    with pytest.raises(JourneyError, match=r"no quality\.synthetic_cohort: run `journey migrate`"):
        seed(database)


def test_an_interrupted_seed_leaves_nothing(database: Connection, target: Target) -> None:
    """Stopped halfway, nothing is there; meanwhile no other seed starts."""

    def stop(_: str) -> NoReturn:
        with connect(target) as second, pytest.raises(BusyError, match="another load or seed"):
            seed(second, sessions=3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed(database, sessions=60, days=30, progress=stop)
    assert not any(dump(database).values())


def test_a_column_of_the_applications_own_is_told_as_one(database: Connection) -> None:
    """No row of ours has a value for it: a default has."""
    database.execute("alter table public.log_sessions add column clinic integer not null")
    with pytest.raises(JourneyError, match="column clinic, table log_sessions: the application's"):
        seed(database, sessions=2)
