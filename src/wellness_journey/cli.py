"""The `journey` command: what its verbs do, and exit codes.

Exit codes: 0 nothing at or above --fail-on; 1 it ran, and checks failed or rows were rejected;
2 it could not do its job; 130 interrupted. Results go to stdout, progress to stderr.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from uuid import uuid4

import psycopg

from wellness_journey import arguments as flags
from wellness_journey import files, interrupts
from wellness_journey.database import poolers, settings
from wellness_journey.database.read_only import refuse_read_only
from wellness_journey.database.refusals import stopped, trouble_of_class
from wellness_journey.errors import (
    JourneyError,
    NoConnectionError,
    PlaceError,
    TransformError,
    UsageError,
    unforeseen,
)
from wellness_journey.pipeline import runs
from wellness_journey.progress import Console, abandon

if TYPE_CHECKING:
    from wellness_journey.checks import Checked

PASSED, FAILED, UNABLE, INTERRUPTED = 0, 1, 2, 130

_console = Console()


@dataclass
class Answer:
    """What a verb says: lines for people, `data` for --json, and the exit code."""

    lines: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    exit_code: int = PASSED


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code."""
    options = flags.parser(_VERBS).parse_args(arguments)
    interrupts.watch()
    try:
        answer: Answer = options.verb(options)
        interrupts.go_on()
    except JourneyError as error:
        answer = Answer([f"journey: {error}"], {"error": str(error)}, UNABLE)
    except psycopg.Error as error:
        told = stopped(error)
        answer = Answer([f"journey: {told}"], {"error": told}, UNABLE)
    except OSError as error:
        told = str(files.unwritable(error)) if files.is_known(error) else unforeseen(error)
        answer = Answer([f"journey: {told}"], {"error": told}, UNABLE)
    except KeyboardInterrupt:
        _console.say("interrupted; what was committed before stays, the rest is as it was")
        return INTERRUPTED
    except Exception as error:
        told = unforeseen(error)
        answer = Answer([f"journey: {told}"], {"error": told}, UNABLE)
    _console.clear()
    if options.json:
        outcome = {"exit_code": answer.exit_code, **answer.data}
        text, stream = json.dumps(outcome, indent=2, default=str), sys.stdout
    else:
        text = "\n".join(answer.lines)
        stream = sys.stderr if "error" in answer.data else sys.stdout
    return answer.exit_code if _told(text, stream) else UNABLE


def _told(text: str, stream: TextIO) -> bool:
    """Whether the answer could be given; nobody need read it to its end."""
    # Names of files and headings are another's: nothing in them may move the cursor.
    text = "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)
    try:
        print(text, file=stream, flush=True)
    except OSError as error:
        abandon(stream)
        if not isinstance(error, BrokenPipeError):
            _console.say(f"journey: the answer cannot be written: {files.reason(error)}")
            return False
    return True


# Verbs ---------------------------------------------------------------------------------------


def _up(options: argparse.Namespace) -> Answer:
    from wellness_journey.database import server

    home = settings.journey_home()
    target = server.up(home)
    return Answer(
        [str(target), f"for a shell: . {_shown(home / 'env')}"],
        {"target": str(target), "env": str(home / "env")},
    )


def _down(options: argparse.Namespace) -> Answer:
    from wellness_journey.database import server

    home = settings.journey_home()
    was_running = server.down(home)
    told = "stopped" if was_running else "was not running"
    return Answer([f"embedded PostgreSQL of {_shown(home)} {told}"], {"was_running": was_running})


def _migrate(options: argparse.Namespace) -> Answer:
    from wellness_journey.database import migrate

    folder = settings.project_root() / "migrations"
    target = _target()
    asked = target.embedded or options.with_prerequisites
    with settings.connect(target, autocommit=True, name="journey migrate") as connection:
        if options.dry_run:
            names, against = migrate.rehearse(connection, folder, with_prerequisites=asked)
            told = [f"pending  {name}" for name in names] or ["nothing is pending"]
            if against:
                error = {"error": against}
                return Answer([*told, f"journey: {against}"], {"pending": names, **error}, UNABLE)
            return Answer(told, {"pending": names})
        refuse_read_only(connection)
        names = migrate.migrate(connection, folder, with_prerequisites=asked)
    told = [f"applied  {name}" for name in names] or ["nothing to apply"]
    return Answer(told, {"applied": names})


def _load(options: argparse.Namespace) -> Answer:
    if options.describe:
        from wellness_journey.intake.describe import describe

        if options.quiet:
            raise UsageError("--describe counts rows, and --quiet tells no such count: take one")
        described = describe(options.folder)
        exit_code = PASSED if described.is_whole() else FAILED
        return Answer(described.lines(), described.as_dict(), exit_code)
    from wellness_journey.intake import answer, load

    quiet: bool = options.quiet
    rejects = settings.journey_home() / "rejects"
    with settings.connect(_target(), autocommit=True, name="journey load") as connection:
        runs.require_fit(connection)
        done = _console.step("load")
        # How many rows there are by now is a number too.
        progress = None if quiet else _console.progress
        tables = load.load(connection, options.folder, rejects, progress)
        done(f"{answer.rows(sum(table.read for table in tables), quiet=quiet)} read")
    lines = answer.lines(tables, quiet=quiet)
    if any(table.rejected for table in tables):
        lines.append(
            f"rejected rows, with line and reason: {_shown(rejects)} "
            "(your own rows: keep that folder private)"
        )
    return Answer(
        lines,
        {**answer.data(tables, quiet=quiet), "rejects": str(rejects)},
        FAILED if answer.has_failed(tables, options.max_rejected) else PASSED,
    )


def _seed(options: argparse.Namespace) -> Answer:
    from wellness_journey.cohort import seed

    with settings.connect(_target(), autocommit=True, name="journey seed") as connection:
        runs.require_fit(connection)
        done = _console.step("seed")
        result = seed.seed(
            connection,
            sessions=options.sessions,
            days=options.days,
            seed=options.seed,
            progress=_console.progress,
        )
        told = "already there" if result.already else "made"
        done(f"{sum(result.counts.values()):,} rows {told}")
    rows = ", ".join(f"{count:,} {table}" for table, count in result.counts.items())
    return Answer([f"synthetic cohort {told}, as of {result.as_of}: {rows}"], asdict(result))


def _check(options: argparse.Namespace) -> Answer:
    from wellness_journey import checks

    target = _target()
    with runs.run_lock(target):
        as_of = options.as_of or settings.today()
        checked = checks.check(target, settings.project_root(), as_of, only=options.select)
        if options.select:
            return _selected(target, options, checked)
        # Nothing was built: what dbt documents is as it was.
        return _verdict(target, options.fail_on, checked)


def _report(options: argparse.Namespace) -> Answer:
    target = _target()
    with runs.reader(target) as connection:
        describes = runs.may_work_as(connection, settings.PIPELINE_ROLE)
    if describes:
        return _verdict(target, options.fail_on, None, _write_docs())
    answer = _verdict(target, options.fail_on, None)
    # It describes all tables, which an analyst may not read.
    answer.lines.append("dbt-docs.html is left as it is: only journey_pipeline makes it")
    return answer


def _run(options: argparse.Namespace) -> Answer:
    return _run_all(_target(), options)


def _demo(options: argparse.Namespace) -> Answer:
    from wellness_journey.cohort import seed
    from wellness_journey.database import migrate, server

    # Whatever PG* says: a demo must never reach a clinic's database.
    target = server.up(settings.journey_home())
    settings.export(target)
    _console.say(str(target))
    with settings.connect(target, autocommit=True, name="journey demo") as connection:
        refuse_read_only(connection)
        done = _console.step("migrate")
        applied = migrate.migrate(connection, settings.project_root() / "migrations")
        done(f"{len(applied)} applied" if applied else "nothing to apply")
        done = _console.step("seed")
        result = seed.seed(connection, progress=_console.progress)
        told = "were there" if result.already else "made"
        rows = sum(result.counts.values())
        done(f"{result.counts['log_sessions']:,} sessions, {rows:,} rows {told}")
    options.as_of = result.as_of
    return _run_all(target, options)


def _status(options: argparse.Namespace) -> Answer:
    from wellness_journey import report

    with runs.reader(_target()) as connection:
        found = report.findings(connection)
        past = report.history(connection, found.run_id)
        every = report.checks(connection, found.run_id)
        tables = report.shown(connection)
    return Answer(
        report.status_lines(found, past, every, tables),
        report.status_dict(found, past, every, tables),
        _exit_code(found.verdict, options.fail_on),
    )


def _explain(options: argparse.Namespace) -> Answer:
    from wellness_journey import report
    from wellness_journey.rules import catalogue

    rules = catalogue.read(settings.project_root() / catalogue.FILE)
    rule = catalogue.wanted(rules, options.rule)
    with runs.reader(_target()) as connection:
        found = report.explain(connection, rule)
    return Answer(report.explain_lines(found), report.explain_dict(found))


def _prune(options: argparse.Namespace) -> Answer:
    from wellness_journey import report

    with runs.run_lock(_target()) as connection:
        deleted, kept = report.prune(connection, options.days)
    told = f"runs: {deleted:,} deleted with their results, {kept:,} kept"
    return Answer([told], {"deleted": deleted, "kept": kept})


# What verbs share ----------------------------------------------------------------------------


def _run_all(target: settings.Target, options: argparse.Namespace) -> Answer:
    """Build, check, report; the report is made even when a step fails."""
    from wellness_journey import checks
    from wellness_journey.pipeline import build

    root = settings.project_root()
    as_of: date = options.as_of or settings.today()
    not_built: tuple[str, ...] = ()
    with runs.run_lock(target) as connection:
        runs.wait_for_builders(connection, _console.say)
        _console.say(f"build    as of {as_of}")
        done = _console.step("build")
        try:
            built = build.build(
                root,
                as_of,
                full_refresh=options.full_refresh,
                arguments=options.dbt_arguments,
                progress=_console.progress,
            )
            run_id, not_built = built.run_id, built.not_built
            tests = ", ".join(f"{count} {status}" for status, count in sorted(built.tests.items()))
            done(f"{built.models} models, {built.rows:,} rows written; tests: {tests or 'none'}")
        except TransformError as error:
            run_id, not_built = uuid4(), (str(error),)
        runs.record_unfinished(connection, run_id, as_of, len(not_built))
        # Before Great Expectations is imported, and not at the end: the two share memory then.
        docs = _write_docs()
        done = _console.step("check")
        try:
            checked = checks.check(target, root, as_of, run_id)
        except NoConnectionError as error:
            # What became of the tables is not to be lost with it.
            told = [f"NOT BUILT  {line}" for line in not_built]
            raise NoConnectionError("\n".join([*told, str(error)])) from None
        done(f"{len(checked.results):,} checks beside dbt's")
        answer = _verdict(target, options.fail_on, checked, docs)
    if not_built:
        answer.lines = [*(f"NOT BUILT  {line}" for line in not_built), "", *answer.lines]
        answer.data["not_built"] = list(not_built)
        answer.exit_code = UNABLE
    return answer


def _verdict(
    target: settings.Target,
    fail_on: str,
    checked: Checked | None,
    docs: Path | JourneyError | None = None,
) -> Answer:
    """Write the report of a run, the newest if none was just checked, and say what it found."""
    from wellness_journey import report
    from wellness_journey.report.page import page

    done = _console.step("report")
    with (runs.pipeline if checked else runs.reader)(target) as connection:
        found = report.findings(connection, checked.run_id if checked else None)
        past = report.history(connection, found.run_id)
        every = report.checks(connection, found.run_id)
        html = page(connection, found)
    paths: list[Path] = []
    not_written: list[str] = []
    try:
        folder = settings.project_root() / "reports"
        paths += report.write_summary(found, past, every, folder, fail_on, html)
        report.append_to_step(found, past)
    except PlaceError as error:
        not_written.append(str(error))
    lines = [report.told(rule) for rule in found.attention if rule.status != "skipped"]
    lines += _places(checked)
    if lines:
        lines.append("")
    lines.append(report.verdict(found))
    data = report.as_dict(found, past)
    exit_code = _exit_code(found.verdict, fail_on)
    if isinstance(docs, Path):
        paths.append(docs)
    elif isinstance(docs, PlaceError):
        not_written.append(str(docs))
    elif docs:
        lines.insert(0, f"NOT MADE  {docs}")
        exit_code = UNABLE
    if not_written:
        lines = [*(f"NOT WRITTEN  {line}" for line in not_written), "", *lines]
        data["not_written"] = not_written
        exit_code = UNABLE
    done(f"{len(paths)} files")
    return Answer([*lines, *map(_shown, paths)], data, exit_code)


def _write_docs() -> Path | JourneyError:
    """dbt's documentation, or why there is none."""
    from wellness_journey.pipeline import documentation
    from wellness_journey.rules import catalogue

    root = settings.project_root()
    rules = catalogue.read(root / catalogue.FILE).values()
    try:
        return documentation.write(root, rules, root / "reports" / documentation.FILE)
    except (TransformError, PlaceError) as error:
        return error


def _selected(target: settings.Target, options: argparse.Namespace, checked: Checked) -> Answer:
    """Say what was found of some rules; a report is of a whole run."""
    from wellness_journey import report

    with runs.pipeline(target) as connection:
        found = report.findings(connection, checked.run_id, {r.rule_id for r in checked.results})
        past = report.history(connection, found.run_id)
    lines = [*map(report.told, found.rules), *_places(checked)]
    return Answer(
        lines, report.as_dict(found, past), _exit_code(found.rules[0].status, options.fail_on)
    )


def _places(checked: Checked | None) -> list[str]:
    """Only at the check itself are the names of columns and the reason of an error at hand."""
    lines = []
    problems: dict[str, list[str]] = {}
    for result in checked.results if checked else ():
        lines += [f"       {result.rule_id}  {place}" for place in result.places]
        if result.problem:
            problems.setdefault(result.problem, []).append(result.rule_id)
    for problem, (first, *others) in problems.items():
        more = f" and {len(others)} more" if others else ""
        lines.append(f"       {first}{more}  {trouble_of_class(problem)}")
    return lines


def _exit_code(verdict: str, fail_on: str) -> int:
    if verdict == "error":
        return UNABLE
    if verdict == "fail" or (verdict == "warn" and fail_on == "warn"):
        return FAILED
    return PASSED


def _target() -> settings.Target:
    """The database that PG* names, or the embedded one, started if need be; said on stderr.

    Raises:
        NoConnectionError: PG* name a transaction pooler, or what cannot be reached.
    """
    target = settings.target_from_environment()
    if target is None:
        from wellness_journey.database import server

        home = settings.journey_home()
        target = settings.as_named(server.up(home))
        server.refuse_unknown(target, home)
    settings.export(target)
    _console.say(str(target))
    if not target.embedded:
        poolers.refuse_transaction_pooler(target)
    return target


def _shown(path: Path) -> str:
    """A path as short as it can be given from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


_VERBS = {
    "up": _up,
    "down": _down,
    "migrate": _migrate,
    "load": _load,
    "seed": _seed,
    "check": _check,
    "report": _report,
    "status": _status,
    "explain": _explain,
    "prune": _prune,
    "run": _run,
    "demo": _demo,
}

if __name__ == "__main__":
    sys.exit(main())
