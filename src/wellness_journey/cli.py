"""The `journey` command: its verbs, each with what it does. What they print is in `answer.py`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date

import psycopg

from wellness_journey import answer, arguments, files, interrupts, set_up
from wellness_journey.answer import Answer
from wellness_journey.database import settings
from wellness_journey.database.read_only import refuse_read_only
from wellness_journey.database.refusals import stopped
from wellness_journey.errors import JourneyError, unforeseen
from wellness_journey.pipeline import runs
from wellness_journey.shared import chosen_target, console


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
        console.say("interrupted; what was committed before stays, the rest is as it was")
        return interrupts.exit_code()
    except Exception as error:
        told = answer.error(unforeseen(error))
    console.clear()
    return answer.give(told, console.say, as_json=options.json)


# Verbs ---------------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> Answer:
    from wellness_journey import night

    target = chosen_target()
    as_of = options.as_of or _today()
    if options.select:
        return _check_rules(target, as_of, options)
    reported = night.check(target, as_of, console, fail_on=options.fail_on)
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
        return answer.of_funnels(
            night.funnels(chosen_target(), options.funnels, options.practitioner)
        )
    reported = night.report_again(chosen_target(), console, fail_on=options.fail_on)
    return answer.of_report(reported, options.fail_on)


def _run(options: argparse.Namespace) -> Answer:
    return _run_all(chosen_target(), options)


def _demo(options: argparse.Namespace) -> Answer:
    from wellness_journey.cohort import seed
    from wellness_journey.database import migrate, server

    # Whatever PG* says: a demo must never reach a clinic's database.
    target = server.up(settings.journey_home())
    settings.export(target)
    console.say(str(target))
    with settings.connect(target, autocommit=True, name="journey demo") as connection:
        refuse_read_only(connection)
        done = console.step("migrate")
        applied = migrate.migrate(connection, settings.project_root() / "migrations")
        done(f"{len(applied)} applied" if applied else "nothing to apply")
        done = console.step("seed")
        result = seed.seed(connection, progress=console.progress)
        told = "were there" if result.already else "made"
        rows = sum(result.counts.values())
        done(f"{result.counts['log_sessions']:,} sessions, {rows:,} rows {told}")
    options.as_of = result.as_of
    return _run_all(target, options)


def _status(options: argparse.Namespace) -> Answer:
    from wellness_journey import report

    with runs.reader(chosen_target()) as connection:
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
    with runs.reader(
        chosen_target(), runs.RESTRICTED if options.exact else runs.READERS
    ) as connection:
        found = report.explain(connection, rule, is_exact=options.exact)
    return Answer(report.explain_lines(found), report.explain_dict(found))


def _prune(options: argparse.Namespace) -> Answer:
    from wellness_journey import report

    with runs.run_lock(chosen_target()) as connection:
        deleted, kept = report.prune(connection, options.days)
    told = f"runs: {deleted:,} deleted with their results, {kept:,} kept"
    return Answer([told], {"deleted": deleted, "kept": kept})


# What verbs share ----------------------------------------------------------------------------


def _run_all(target: settings.Target, options: argparse.Namespace) -> Answer:
    from wellness_journey import night

    reported = night.run(
        target,
        options.as_of or _today(),
        console,
        is_day_given=options.as_of is not None,
        fail_on=options.fail_on,
        full_refresh=options.full_refresh,
        dbt_arguments=options.dbt_arguments,
    )
    return answer.of_report(reported, options.fail_on)


def _today() -> date:
    from wellness_journey.pipeline import clinic_day

    return clinic_day.today(settings.project_root())


_VERBS = {
    "up": set_up.do_up,
    "down": set_up.do_down,
    "migrate": set_up.do_migrate,
    "adopt": set_up.do_adopt,
    "load": set_up.do_load,
    "seed": set_up.do_seed,
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
