"""Every kept dump of a loaded database upgrades to what a fresh load of the same rows becomes."""

from __future__ import annotations

import lzma
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from builds import NO_TESTS, build
from catalogued import WAY
from checkout import ROOT
from database import copied
from upgrade_dump import AS_OF, FOLDER, unpack
from wellness_journey.checks import posture
from wellness_journey.database import migrate, place, settings
from wellness_journey.database.settings import Target
from wellness_journey.intake import load
from wellness_journey.rules import catalogue as catalogue_of_rules
from whole_database import OPERATIONAL, catalogue, rows

DUMPS = sorted(FOLDER.glob("*.sql.xz"))
RULES = ROOT / catalogue_of_rules.FILE
# The day of the dump; and one on which days have closed and rows arrived that were ahead of it.
SAME_DAY = date.fromisoformat(AS_OF)
DAYS = (SAME_DAY, SAME_DAY + timedelta(days=45))
BUILT = ("staging", "intermediate", "marts", "published")


@dataclass(frozen=True)
class Whole:
    """A database after a run: what dbt made, the operational rows, the catalogue."""

    built: dict[str, list[Any]]
    operational: dict[str, list[Any]]
    catalogue: dict[str, list[Any]]
    cross_checks: set[tuple[str, str]]

    def differences(self, other: Whole) -> set[str]:
        """What only one of both has: `table: row`, `part of the catalogue: entry`."""
        return set(self._entries()) ^ set(other._entries())

    def _entries(self) -> Iterator[str]:
        for part in (self.built, self.operational, self.catalogue):
            for name, entries in part.items():
                yield name
                # Two equal rows are two entries.
                for entry, number in Counter(map(_text, entries)).items():
                    yield f"{name}: {entry} x {number}"
        yield from (f"cross_checks: {entry}" for entry in self.cross_checks)


def _text(entry: object) -> str:
    """An entry without the names of dbt's indexes, which are hashes of the time."""
    return re.sub(r'"?\b[0-9a-f]{32}\b"?', "an index", repr(entry))


def look(target: Target, as_of: date) -> Whole:
    """All of `target` after its run of `as_of`."""
    with settings.connect(target) as connection:
        relations = connection.execute(
            "select oid::regclass::text from pg_class where relkind in ('r', 'v') "
            "and relnamespace::regnamespace::text = any(%s)",
            (list(BUILT),),
        ).fetchall()
        compared = connection.execute(
            "select distinct mart, outcome from quality.cross_checks inner join quality.runs "
            "using (run_id) where as_of = %s",
            (as_of,),
        ).fetchall()
    return Whole(
        rows(target, tuple(name for (name,) in relations)),
        rows(target, OPERATIONAL),
        catalogue(target),
        set(compared),
    )


@pytest.fixture(scope="module")
def loaded(
    migrated: str, copy_of: Callable[[str], Target], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Name of a database of today with the rows that the dumps were loaded from."""
    target = copy_of(migrated)
    folder = tmp_path_factory.mktemp("upgrade")
    with settings.connect(target, autocommit=True) as connection:
        outcome = load.load(connection, unpack(folder / "rows"), folder / "rejects")
    assert [table.loaded for table in outcome] == [table.read for table in outcome]
    return target.database


@pytest.fixture(scope="module")
def fresh(loaded: str, own_copy_of: Callable[[str], Target]) -> dict[date, Whole]:
    """What a first run of each day makes of a fresh load."""
    found = {}
    for as_of in DAYS:
        target = own_copy_of(loaded)
        assert build(target, as_of, *NO_TESTS).not_built == ()
        found[as_of] = look(target, as_of)
    return found


@pytest.fixture(scope="module", params=DUMPS, ids=lambda path: path.name.partition(".")[0])
def restored(request: pytest.FixtureRequest, embedded: Target, migrated: str) -> Target:
    """A dump in a database of its own. The server has all roles, because `migrated` made them."""
    dump: Path = request.param
    name = f"restored_{dump.name.partition('.')[0]}"
    target = copied(embedded, "template0", name)
    subprocess.run(
        [
            place.installed() / "psql",
            *("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
            *(f"--host={target.host}", f"--port={target.port}"),
            *(f"--username={target.user}", f"--dbname={target.database}"),
        ],
        input=lzma.decompress(dump.read_bytes()),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return target


@dataclass(frozen=True)
class Upgraded:
    """What a run of each day made of a dump, and a copy of the database after the last one."""

    by_day: dict[date, Whole]
    left: Target


@pytest.fixture(scope="module")
def upgraded(
    restored: Target, own_copy_of: Callable[[str], Target], copy_of: Callable[[str], Target]
) -> Upgraded:
    """The dump after `journey migrate` and two runs; the second takes over what the first left."""
    target = own_copy_of(restored.database)
    with settings.connect(target, autocommit=True) as connection:
        migrate.migrate(connection, ROOT / "migrations")
    by_day = {}
    for as_of in DAYS:
        assert build(target, as_of, *NO_TESTS).not_built == ()
        by_day[as_of] = look(target, as_of)
    return Upgraded(by_day, copy_of(target.database))


def test_there_is_a_dump() -> None:
    """The first one is of the version before the first upgrade; none is ever taken out."""
    assert "052.sql.xz" in {path.name for path in DUMPS}


def test_a_dump_holds_what_there_is_to_lose(restored: Target, loaded: str) -> None:
    """Rows in every operational table, all four instruments, cells that are published."""
    with settings.connect(restored) as connection:
        holds = dict(
            connection.execute(
                """
                select 'practitioners', count(distinct practitioner_id) from public.log_sessions
                union all
                select 'instruments', count(distinct instrument) from marts.fct_assessments
                where score is not null
                union all
                select 'days published', count(*) from published.rpt_pulse_trends_by_day
                where mean is not null
                union all
                select 'days with several checks', count(*) from (
                    select from public.log_pulse_checks
                    group by session_id, check_date having count(*) > 1
                ) as several
                union all
                select 'synthetic', count(*) from quality.synthetic_cohort
                """
            ).fetchall()
        )
    assert holds.pop("synthetic") == 0
    assert holds["instruments"] == 4
    assert holds["practitioners"] > 2
    assert min(holds.values()) > 0


@pytest.mark.parametrize("as_of", DAYS, ids=str)
def test_a_run_makes_what_it_makes_of_a_fresh_load(
    upgraded: Upgraded, fresh: dict[date, Whole], as_of: date
) -> None:
    """Every table and view, every operational row, and all of the catalogue, byte for byte:
    functions, policies, triggers, grants, columns, constraints, comments."""
    assert upgraded.by_day[as_of].differences(fresh[as_of]) == set()
    # Rows after the day are in the tables, but in no mart.
    ahead = {"not_comparable"} if as_of == SAME_DAY else set()
    assert {outcome for _, outcome in fresh[as_of].cross_checks} == {"match"} | ahead


def test_the_ledger_is_a_fresh_one(upgraded: Upgraded, loaded: str) -> None:
    """The same files were applied, in the same wording; nothing is pending."""
    ledgers = []
    for database in (upgraded.left.database, loaded):
        with settings.connect(replace(upgraded.left, database=database)) as connection:
            ledgers.append(
                connection.execute(
                    "select name, sha256 from journey_ledger.migrations order by name"
                ).fetchall()
            )
            assert migrate.pending(connection, ROOT / "migrations") == []
    assert ledgers[0] == ledgers[1]


def test_the_security_is_a_fresh_ones(upgraded: Upgraded) -> None:
    """Posture finds nothing: neither of the dump nor of what the runs left."""
    with settings.connect(
        upgraded.left, role=settings.PIPELINE_ROLE, autocommit=True
    ) as connection:
        results = posture.compare(connection, ROOT, catalogue_of_rules.read(RULES), WAY)
    assert [one.places for one in results if one.status != "pass"] == []


@pytest.mark.parametrize(
    ("spoil", "seen"),
    [
        (
            "update marts.dim_sessions set session_date = session_date + 1 "
            "where session_id = (select min(session_id::text)::uuid from marts.dim_sessions)",
            "marts.dim_sessions",
        ),
        (
            "update public.log_integration_sessions set session_notes = 'other' "
            "where session_number = 4",
            "public.log_integration_sessions",
        ),
        ("drop table published.rpt_review_flags", "published.rpt_review_flags"),
        ("create table marts.fct_left_behind as select 1 as one", "marts.fct_left_behind"),
        (
            "update quality.cross_checks set outcome = 'differs' where outcome = 'match'",
            "cross_checks",
        ),
        (
            "create or replace function public.journey_caller() returns name language sql stable "
            "as 'select current_user'",
            "functions",
        ),
        ('drop policy "Users can view own pulse checks" on public.log_pulse_checks', "policies"),
        ("alter table public.log_pulse_checks enable trigger refuse_change", "triggers"),
        ("grant select on public.log_pulse_checks to anon", "tables"),
        ("comment on column public.log_pulse_checks.notes is 'other'", "comments"),
    ],
)
def test_a_difference_is_seen(
    upgraded: Upgraded,
    copy_of: Callable[[str], Target],
    fresh: dict[date, Whole],
    spoil: str,
    seen: str,
) -> None:
    """Of each kind that an upgrade could leave behind one is planted, and named."""
    target = copy_of(upgraded.left.database)
    with settings.connect(target, autocommit=True) as connection:
        connection.execute(spoil.encode())
    found = look(target, DAYS[-1]).differences(fresh[DAYS[-1]])
    assert seen in {entry.partition(":")[0] for entry in found}
