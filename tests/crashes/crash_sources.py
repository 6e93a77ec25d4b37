"""Kill what makes and fills the operational tables: all or nothing, and the same once more."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from psycopg import sql

from checkout import ROOT
from crash_processes import Running, UnexpectedError
from crash_scene import Scene
from crash_states import WATCHER, backends, committed, digest
from wellness_journey.database import migrate, place, settings
from wellness_journey.intake.tables import TABLES

SEED = ("seed", "--sessions", "40")
# What was struck, what it left, what is wrong with that, and with the same command afterwards.
Result = tuple[str, str, list[str], list[str]]


def _at_work(here: Scene, template: str, words: Sequence[str]) -> tuple[Running, float]:
    """Start the command in a fresh database: itself, and when it had come there."""
    here.fresh(template)
    shutil.rmtree(here.home / "rejects", ignore_errors=True)
    running = here.start(*words)
    with here.connection() as connection:
        while not backends(connection) and not running.has_ended:
            time.sleep(0.005)
    return running, time.monotonic()


def _undisturbed(here: Scene, template: str, words: Sequence[str]) -> None:
    """Let it do its work, and note how long that takes."""
    running, began = _at_work(here, template, words)
    here.seconds[(*words,)] = running.end_well().seconds - (began - running.began)


def _strike(here: Scene, template: str, words: Sequence[str], share: float, number: int) -> str:
    """Kill the command at its work, every third time the server: which of them."""
    while True:
        running, began = _at_work(here, template, words)
        moment = began + share * here.seconds[(*words,)]
        while time.monotonic() < moment and not running.has_ended:
            time.sleep(0.002)
        if not running.has_ended:
            break
        # The machine is faster than it was.
        running.end()
        share *= 0.9
    if number % 3 == 2:
        here.kill_server(group=False)
        running.end()
        here.server_up()
        return "server"
    running.kill(group=True)
    running.end()
    return "client"


def _alone(here: Scene) -> list[str]:
    """Once nobody works any more: what a dead client's backend committed, or that it stays."""
    dead = here.left()
    problems = here.wait_until_alone()
    with here.connection() as connection:
        return problems + committed(connection, dead)


# Rows ----------------------------------------------------------------------------------------


def rows(here: Scene) -> dict[str, str]:
    """What each operational table holds."""
    found = {}
    with here.connection() as connection:
        for schema, table, _ in TABLES.values():
            query = sql.SQL("select t::text from {} as t order by 1")
            answer = connection.execute(query.format(sql.Identifier(schema, table)))
            found[f"{schema}.{table}"] = digest([row for (row,) in answer.fetchall()])
    return found


def _export(here: Scene, folder: Path) -> None:
    """The rows of the cohort as files, and one that no table takes."""
    target = replace(here.work, database="before")
    with settings.connect(target, autocommit=True, name=WATCHER) as connection:
        for name, (schema, table, _) in TABLES.items():
            columns = "id" if name == "auth_users" else "*"
            query = f"copy (select {columns} from {schema}.{table}) to stdout (format csv, header)"
            with (
                (folder / f"{name}.csv").open("wb") as file,
                connection.cursor() as cursor,
                cursor.copy(query.encode()) as copy,
            ):
                file.writelines(bytes(part) for part in copy)
    with (folder / "auth_users.csv").open("a") as file:
        file.write("nobody\n")


def _rejects(here: Scene) -> dict[str, str]:
    """The files of rejected rows, unfinished ones too."""
    folder = here.home / "rejects"
    return {path.name: path.read_text() for path in folder.iterdir()} if folder.is_dir() else {}


def _all_or_nothing(found: dict[str, str], nothing: dict[str, str], whole: dict[str, str]) -> str:
    """Which of them, of all tables together."""
    return "nothing" if found == nothing else "all" if found == whole else "in part"


def _filled(here: Scene, words: Sequence[str], share: float, number: int) -> Result:
    """`load` or `seed`, killed, and run again."""
    known = here.known.get((*words,))
    if known is None:
        here.fresh("migrated")
        nothing = rows(here)
        _undisturbed(here, "migrated", words)
        known = here.known[(*words,)] = (nothing, rows(here), _rejects(here))
        if any(nothing[table] == known[1][table] for table in nothing):
            raise UnexpectedError(f"{words[0]} leaves a table as it was")
    nothing, whole, rejects = known
    struck = _strike(here, "migrated", words, share, number)
    problems = _alone(here)
    left = _all_or_nothing(rows(here), nothing, whole)
    if left == "in part":
        problems.append("the tables hold other rows than none or all")
    repair = here.start(*words).end().not_well(0)
    if rows(here) != whole:
        repair.append("run again, it leaves other rows")
    if _rejects(here) != rejects:
        repair.append("run again, it leaves other files of rejected rows")
    return struck, left, problems, repair


def loaded(here: Scene, share: float, number: int) -> Result:
    folder = here.checkout.home / "rows"
    if not folder.exists():
        folder.mkdir()
        _export(here, folder)
    return _filled(here, ("load", str(folder), "--max-rejected", "1"), share, number)


def seeded(here: Scene, share: float, number: int) -> Result:
    return _filled(here, SEED, share, number)


# Migrations ----------------------------------------------------------------------------------


def _schema(here: Scene) -> str:
    """All that a database is but for its rows, without the ledger."""
    words = ["--schema-only", "--restrict-key=same", "--exclude-schema=journey_ledger"]
    server = ["--host", here.work.host, "--username", here.work.user, here.work.database]
    environment = {**os.environ, "PGAPPNAME": WATCHER}
    program = place.installed() / "pg_dump"
    done = subprocess.run(
        [program, *words, *server], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _ledger(here: Scene) -> list[str]:
    """The migrations that were applied, in order."""
    folder = ROOT / "migrations"
    with here.connection() as connection:
        waiting = {migration.name for migration in migrate.pending(connection, folder)}
    return [one.name for one in migrate.migrations(folder) if one.name not in waiting]


def migrated(here: Scene, share: float, number: int) -> Result:
    words = ("migrate", "--with-prerequisites")
    if words not in here.seconds:
        here.fresh("template0")
        nothing = _schema(here)
        _undisturbed(here, "template0", words)
        here.known[words] = (nothing, _schema(here))
    nothing, schema = here.known[words]
    struck = _strike(here, "template0", words, share, number)
    problems = _alone(here)
    applied = _ledger(here)
    names = [one.name for one in migrate.migrations(ROOT / "migrations")]
    left = "nothing" if not applied else "all" if applied == names else "in part"
    if left == "in part" or _schema(here) != (schema if applied else nothing):
        problems.append(f"the ledger has {len(applied)} migrations, and the schema is not theirs")
    repair = here.start(*words).end().not_well(0)
    again = here.start(*words, "--dry-run").end()
    if again.out != "nothing is pending\n" or _schema(here) != schema:
        repair.append("run again, it leaves another schema")
    return struck, left, problems, repair


# Each with how many times it is done.
KINDS: dict[str, tuple[Callable[[Scene, float, int], Result], int]] = {
    "migrate": (migrated, 5),
    "load": (loaded, 5),
    "cohort": (seeded, 3),
}
