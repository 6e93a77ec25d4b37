"""The `journey` command: verbs, flags, exit codes.

Exit codes: 0 nothing at or above --fail-on; 1 it ran and checks failed; 2 it could not do its
job; 130 interrupted. Results go to stdout, progress to stderr.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from wellness_journey import __version__, settings
from wellness_journey.errors import BusyError, JourneyError, NotMigratedError, TransformError

if TYPE_CHECKING:
    import psycopg

    from wellness_journey.checks import Checked
    from wellness_journey.report.findings import Rule

    Connection = psycopg.Connection[Any]

PASSED, FAILED, UNABLE, INTERRUPTED = 0, 1, 2, 130
# One run at a time and database; any constant that is ours will do.
_RUN_LOCK = 0x6A6F75726E6579_01


@dataclass
class Answer:
    """What a verb says: lines for people, `data` for --json, and the exit code."""

    lines: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    exit_code: int = PASSED


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        answer: Answer = options.verb(options)
    except JourneyError as error:
        answer = Answer([f"journey: {error}"], {"error": str(error)}, UNABLE)
    except KeyboardInterrupt:
        _say("interrupted; what was committed before stays, the rest is as it was")
        return INTERRUPTED
    except Exception as error:
        # The message of an unforeseen error can hold a row: tell our place, not the message.
        frames = traceback.extract_tb(error.__traceback__)
        here = str(Path(__file__).parent)
        last = [frame for frame in frames if frame.filename.startswith(here)][-1]
        told = (
            f"internal error: {type(error).__name__} at {Path(last.filename).name}:{last.lineno}; "
            "please report it with this line"
        )
        answer = Answer([f"journey: {told}"], {"error": told}, UNABLE)
    if options.json:
        print(json.dumps({"exit_code": answer.exit_code, **answer.data}, indent=2, default=str))
    else:
        stream = sys.stderr if "error" in answer.data else sys.stdout
        print("\n".join(answer.lines), file=stream)
    return answer.exit_code


# Verbs ---------------------------------------------------------------------------------------


def _up(options: argparse.Namespace) -> Answer:
    from wellness_journey import server

    home = settings.journey_home()
    target = server.up(home)
    return Answer(
        [str(target), f"for a shell: . {_shown(home / 'env')}"],
        {"target": str(target), "env": str(home / "env")},
    )


def _down(options: argparse.Namespace) -> Answer:
    from wellness_journey import server

    home = settings.journey_home()
    was_running = server.down(home)
    told = "stopped" if was_running else "was not running"
    return Answer([f"embedded PostgreSQL of {_shown(home)} {told}"], {"was_running": was_running})


def _migrate(options: argparse.Namespace) -> Answer:
    from wellness_journey import migrate

    folder = settings.project_root() / "migrations"
    with settings.connect(_target(), autocommit=True, name="journey migrate") as connection:
        if options.dry_run:
            names = [migration.name for migration in migrate.pending(connection, folder)]
            told = [f"pending  {name}" for name in names] or ["nothing is pending"]
            return Answer(told, {"pending": names})
        names = migrate.migrate(connection, folder)
    told = [f"applied  {name}" for name in names] or ["nothing to apply"]
    return Answer(told, {"applied": names})


def _load(options: argparse.Namespace) -> Answer:
    from wellness_journey import load

    rejects = settings.journey_home() / "rejects"
    with settings.connect(_target(), autocommit=True, name="journey load") as connection:
        tables = load.load(connection, options.folder, rejects, _progress)
    lines = [
        f"{table.table:<26} {table.read:>9,} read = {table.loaded:,} loaded "
        f"+ {table.already_present:,} already present + {table.rejected:,} rejected"
        for table in tables
    ]
    if any(table.rejected for table in tables):
        lines.append(
            f"rejected rows, with line and reason: {_shown(rejects)} "
            "(your own rows: keep that folder private)"
        )
    return Answer(lines, {"tables": [asdict(table) for table in tables], "rejects": str(rejects)})


def _seed(options: argparse.Namespace) -> Answer:
    from wellness_journey import seed

    with settings.connect(_target(), autocommit=True, name="journey seed") as connection:
        result = seed.seed(
            connection,
            sessions=options.sessions,
            days=options.days,
            seed=options.seed,
            progress=_progress,
        )
    told = "already there" if result.already else "made"
    rows = ", ".join(f"{count:,} {table}" for table, count in result.counts.items())
    return Answer([f"synthetic cohort {told}, as of {result.as_of}: {rows}"], asdict(result))


def _check(options: argparse.Namespace) -> Answer:
    from wellness_journey import checks

    target = _target()
    with _run_lock(target):
        as_of = options.as_of or settings.today()
        checked = checks.check(target, settings.project_root(), as_of, only=options.select)
        if options.select:
            return _selected(target, options, checked)
        return _verdict(target, options.fail_on, checked)


def _report(options: argparse.Namespace) -> Answer:
    return _verdict(_target(), options.fail_on, None)


def _run(options: argparse.Namespace) -> Answer:
    return _run_all(_target(), options)


def _demo(options: argparse.Namespace) -> Answer:
    from wellness_journey import migrate, seed, server

    # Whatever PG* says: a demo must never reach a clinic's database.
    target = server.up(settings.journey_home())
    settings.export(target)
    _say(str(target))
    with settings.connect(target, autocommit=True, name="journey demo") as connection:
        applied = migrate.migrate(connection, settings.project_root() / "migrations")
        _say(f"migrate  {len(applied)} applied" if applied else "migrate  nothing to apply")
        result = seed.seed(connection, progress=_progress)
    told = "were there" if result.already else "made"
    _say(f"seed     {result.counts['log_sessions']} sessions {told}")
    options.as_of = result.as_of
    return _run_all(target, options)


# What verbs share ----------------------------------------------------------------------------


def _run_all(target: settings.Target, options: argparse.Namespace) -> Answer:
    """Build, check, report; the report is made even when a step fails."""
    from wellness_journey import checks, transform

    root = settings.project_root()
    as_of: date = options.as_of or settings.today()
    not_built: tuple[str, ...] = ()
    with _run_lock(target) as connection:
        _say(f"build    as of {as_of}")
        try:
            built = transform.build(
                root,
                as_of,
                full_refresh=options.full_refresh,
                arguments=options.dbt_arguments,
                progress=_progress,
            )
            run_id, not_built = built.run_id, built.not_built
            tests = ", ".join(f"{count} {status}" for status, count in sorted(built.tests.items()))
            _say(f"build    {built.models} models; tests: {tests or 'none'}")
        except TransformError as error:
            run_id, not_built = uuid4(), (str(error),)
        _record_unfinished(connection, run_id, as_of, len(not_built))
        answer = _verdict(target, options.fail_on, checks.check(target, root, as_of, run_id))
    if not_built:
        answer.lines = [*(f"NOT BUILT  {line}" for line in not_built), "", *answer.lines]
        answer.data["not_built"] = list(not_built)
        answer.exit_code = UNABLE
    return answer


def _verdict(target: settings.Target, fail_on: str, checked: Checked | None) -> Answer:
    """Write the report of a run, the newest if none was just checked, and say what it found."""
    from wellness_journey import report
    from wellness_journey.report.page import write_page

    with _pipeline(target) as connection:
        found = report.findings(connection, checked.run_id if checked else None)
        folder = settings.project_root() / "reports"
        paths = [write_page(connection, found, folder), *report.write_summary(found, folder)]
    lines = [_told(rule) for rule in found.attention if rule.status != "skipped"]
    lines += _places(checked)
    if lines:
        lines.append("")
    score = "" if found.score is None else f" Score {found.score:.1f}."
    lines += [f"{found.verdict.upper()}  {found.sentence}{score}", *map(_shown, paths)]
    return Answer(lines, report.as_dict(found), _exit_code(found.verdict, fail_on))


def _selected(target: settings.Target, options: argparse.Namespace, checked: Checked) -> Answer:
    """Say what was found of some rules; a report is of a whole run."""
    from wellness_journey import report

    with _pipeline(target) as connection:
        found = report.findings(connection, checked.run_id, {r.rule_id for r in checked.results})
    lines = [*map(_told, found.rules), *_places(checked)]
    return Answer(lines, report.as_dict(found), _exit_code(found.rules[0].status, options.fail_on))


def _told(rule: Rule) -> str:
    found_by = ", ".join(rule.engines)
    counts = _of(rule.failing, rule.checked)
    return (
        f"{rule.status:<5}  {rule.rule_id}  {rule.sentence}: {counts} in {rule.tested} ({found_by})"
    )


def _places(checked: Checked | None) -> list[str]:
    """Only at the check itself are the names of columns and the reason of an error at hand."""
    lines = []
    for result in checked.results if checked else ():
        lines += [f"       {result.rule_id}  {place}" for place in result.places]
        if result.problem:
            lines.append(f"       {result.rule_id}  {result.problem}")
    return lines


def _exit_code(verdict: str, fail_on: str) -> int:
    if verdict == "error":
        return UNABLE
    if verdict == "fail" or (verdict == "warn" and fail_on == "warn"):
        return FAILED
    return PASSED


def _record_unfinished(connection: Connection, run_id: UUID, as_of: date, not_built: int) -> None:
    """Make sure that a run dbt could not record is on record, as one that failed."""
    connection.execute(
        """
        insert into quality.runs (run_id, command, as_of, started_at, finished_at, nodes_failed)
        values (%s, 'build', %s, now(), now(), greatest(%s, 1))
        on conflict (run_id) do nothing
        """,
        (run_id, as_of, not_built),
    )


@contextmanager
def _pipeline(target: settings.Target) -> Iterator[Connection]:
    """A connection as the pipeline's role to a database that has been migrated."""
    with settings.connect(target, role=settings.PIPELINE_ROLE, autocommit=True) as connection:
        there = connection.execute("select to_regclass('quality.runs')").fetchone()
        if not (there and there[0]):
            raise NotMigratedError(f"{target} holds no journey tables: run `journey migrate` first")
        yield connection


@contextmanager
def _run_lock(target: settings.Target) -> Iterator[Connection]:
    """As `_pipeline`; the connection holds the run's lock as long as it lives."""
    with _pipeline(target) as connection:
        got = connection.execute("select pg_try_advisory_lock(%s)", (_RUN_LOCK,)).fetchone()
        if not (got and got[0]):
            raise BusyError(
                f"{target} is busy: {_holder(connection)} holds the run's lock; try again later"
            )
        yield connection


def _holder(connection: Connection) -> str:
    holder = connection.execute(
        """
        select a.pid, a.application_name, date_trunc('second', a.backend_start)
        from pg_locks as l
        inner join pg_stat_activity as a on a.pid = l.pid
        where l.locktype = 'advisory' and l.granted and a.datname = current_database()
            and l.database = (select oid from pg_database where datname = current_database())
            and (l.classid::bigint << 32) | l.objid::bigint = %s
        """,
        (_RUN_LOCK,),
    ).fetchone()
    return f"backend {holder[0]} ({holder[1]}), since {holder[2]}," if holder else "another run"


def _target() -> settings.Target:
    """The database that PG* names, or the embedded one, started if need be; said on stderr."""
    target = settings.target_from_environment()
    if target is None:
        from wellness_journey import server

        target = server.up(settings.journey_home())
    settings.export(target)
    _say(str(target))
    return target


def _of(failing: int | None, checked: int | None) -> str:
    if failing is None:
        return "could not be checked"
    return f"{failing:,}" if checked is None else f"{failing:,} of {checked:,}"


def _shown(path: Path) -> str:
    """A path as short as it can be given from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _progress(line: str) -> None:
    """A line that only somebody watching wants."""
    if sys.stderr.isatty():
        print(f"\r\x1b[2K{line}", end="", file=sys.stderr, flush=True)


# Flags ---------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print the result as JSON")
    checking = argparse.ArgumentParser(add_help=False)
    checking.add_argument(
        "--fail-on", choices=("fail", "warn"), default="fail", help="exit 1 from here on"
    )
    dated = argparse.ArgumentParser(add_help=False)
    dated.add_argument(
        "--as-of", type=_day, metavar="DAY", help="day of reference (default: today in UTC)"
    )
    building = argparse.ArgumentParser(add_help=False)
    building.add_argument("--full-refresh", action="store_true", help="rebuild every table")
    building.add_argument(
        "dbt_arguments", nargs="*", metavar="-- DBT ARGS", help="passed on to dbt build"
    )

    parser = argparse.ArgumentParser(
        prog="journey",
        description="Longitudinal marts from a clinic's journey tables.",
        epilog="The database is the one that PG* names; without them an embedded one.",
    )
    parser.add_argument("--version", action="version", version=f"journey {__version__}")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, action: Any, told: str, *parents: argparse.ArgumentParser) -> Any:
        made = verbs.add_parser(name, help=told, description=told, parents=[shared, *parents])
        made.set_defaults(verb=action)
        return made

    verb("up", _up, "start the embedded database, or find the running one")
    verb("down", _down, "stop the embedded database")
    verb("migrate", _migrate, "apply pending migrations").add_argument(
        "--dry-run", action="store_true", help="only list them"
    )
    verb("load", _load, "load the CSV files of a folder").add_argument(
        "folder", type=Path, metavar="DIR", help="holds auth_users.csv, log_*.csv"
    )
    seeding = verb("seed", _seed, "fill an empty database with an invented cohort")
    seeding.add_argument("--sessions", type=int, default=400, help="dosing sessions (400)")
    seeding.add_argument("--days", type=int, default=180, help="days of history each (180)")
    seeding.add_argument("--seed", type=int, default=1, help="another number, another cohort (1)")
    verb("check", _check, "check tables, columns and free text", checking, dated).add_argument(
        "--select", action="append", default=[], metavar="RULE", help="this rule only (repeatable)"
    )
    verb("report", _report, "write the report of the last run", checking)
    verb("run", _run, "build the marts, check, report", checking, dated, building)
    demo = verb("demo", _demo, "all of it on the embedded database with invented data", checking)
    demo.set_defaults(full_refresh=False, dbt_arguments=[], as_of=None)
    return parser


def _day(text: str) -> date:
    try:
        return settings.parse_day(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
