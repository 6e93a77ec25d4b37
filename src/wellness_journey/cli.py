"""The `journey` command: its verbs, each with what it does. What they print is in `answer.py`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

import psycopg

from wellness_journey import answer, arguments, files, interrupts
from wellness_journey.answer import FAILED, PASSED, UNABLE, Answer, shown
from wellness_journey.database import poolers, settings
from wellness_journey.database.read_only import refuse_read_only
from wellness_journey.database.refusals import stopped
from wellness_journey.errors import JourneyError, UsageError, unforeseen
from wellness_journey.pipeline import runs
from wellness_journey.progress import Console

_console = Console()


def main(given: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code."""
    options = arguments.parser(_VERBS).parse_args(given)
    interrupts.watch()
    try:
        told: Answer = options.verb(options)
        interrupts.go_on()
    except JourneyError as error:
        told = answer.error(str(error))
    except psycopg.Error as error:
        told = answer.error(stopped(error))
    except OSError as error:
        known = files.is_known(error)
        told = answer.error(str(files.unwritable(error)) if known else unforeseen(error))
    except KeyboardInterrupt:
        _console.say("interrupted; what was committed before stays, the rest is as it was")
        return interrupts.exit_code()
    except Exception as error:
        told = answer.error(unforeseen(error))
    _console.clear()
    return answer.give(told, _console.say, as_json=options.json)


# Verbs ---------------------------------------------------------------------------------------


def _up(options: argparse.Namespace) -> Answer:
    from wellness_journey.database import server

    home = settings.journey_home()
    target = server.up(home)
    return Answer(
        [str(target), f"for a shell: . {shown(home / 'env')}"],
        {"target": str(target), "env": str(home / "env")},
    )


def _down(options: argparse.Namespace) -> Answer:
    from wellness_journey.database import server

    home = settings.journey_home()
    was_running = server.down(home)
    told = "stopped" if was_running else "was not running"
    return Answer([f"embedded PostgreSQL of {shown(home)} {told}"], {"was_running": was_running})


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
    from wellness_journey.intake import answer as outcome
    from wellness_journey.intake import load

    quiet: bool = options.quiet
    rejects = settings.journey_home() / "rejects"
    with settings.connect(_target(), autocommit=True, name="journey load") as connection:
        runs.require_fit(connection)
        done = _console.step("load")
        # How many rows there are by now is a number too.
        progress = None if quiet else _console.progress
        tables = load.load(connection, options.folder, rejects, progress)
        done(f"{outcome.rows(sum(table.read for table in tables), quiet=quiet)} read")
    lines = outcome.lines(tables, quiet=quiet)
    if any(table.rejected for table in tables):
        lines.append(
            f"rejected rows, with line and reason: {shown(rejects)} "
            "(your own rows: keep that folder private)"
        )
    return Answer(
        lines,
        {**outcome.data(tables, quiet=quiet), "rejects": str(rejects)},
        FAILED if outcome.has_failed(tables, options.max_rejected) else PASSED,
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
    from wellness_journey import night

    target = _target()
    as_of = options.as_of or _today()
    if options.select:
        return _check_rules(target, as_of, options)
    reported = night.check(target, as_of, _console, fail_on=options.fail_on)
    return answer.of_report(reported, options.fail_on)


def _check_rules(target: settings.Target, as_of: date, options: argparse.Namespace) -> Answer:
    """Say what was found of some rules; a report is of a whole run."""
    from wellness_journey import checks, report

    with runs.run_lock(target):
        checked = checks.check(target, settings.project_root(), as_of, only=options.select)
        with runs.pipeline(target) as connection:
            rules = {result.rule_id for result in checked.results}
            read = report.read(connection, checked.run_id, rules)
    found = read.found.rules
    return Answer(
        [*map(report.told, found), *answer.places(checked)],
        report.as_dict(read),
        answer.exit_code(found[0].status, options.fail_on),
    )


def _report(options: argparse.Namespace) -> Answer:
    from wellness_journey import night

    if options.funnels or options.practitioner:
        return answer.of_funnels(night.funnels(_target(), options.funnels, options.practitioner))
    reported = night.report_again(_target(), _console, fail_on=options.fail_on)
    return answer.of_report(reported, options.fail_on)


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
        read = report.read(connection)
    return Answer(
        report.status_lines(read),
        report.status_dict(read),
        answer.exit_code(read.found.verdict, options.fail_on),
    )


def _explain(options: argparse.Namespace) -> Answer:
    from wellness_journey import report
    from wellness_journey.rules import catalogue

    rules = catalogue.read(settings.project_root() / catalogue.FILE)
    rule = catalogue.wanted(rules, options.rule)
    with runs.reader(_target(), runs.RESTRICTED if options.exact else runs.READERS) as connection:
        found = report.explain(connection, rule, is_exact=options.exact)
    return Answer(report.explain_lines(found), report.explain_dict(found))


def _prune(options: argparse.Namespace) -> Answer:
    from wellness_journey import report

    with runs.run_lock(_target()) as connection:
        deleted, kept = report.prune(connection, options.days)
    told = f"runs: {deleted:,} deleted with their results, {kept:,} kept"
    return Answer([told], {"deleted": deleted, "kept": kept})


# What verbs share ----------------------------------------------------------------------------


def _run_all(target: settings.Target, options: argparse.Namespace) -> Answer:
    from wellness_journey import night

    reported = night.run(
        target,
        options.as_of or _today(),
        _console,
        is_day_given=options.as_of is not None,
        fail_on=options.fail_on,
        full_refresh=options.full_refresh,
        dbt_arguments=options.dbt_arguments,
    )
    return answer.of_report(reported, options.fail_on)


def _today() -> date:
    from wellness_journey.pipeline import clinic_day

    return clinic_day.today(settings.project_root())


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
