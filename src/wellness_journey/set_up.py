"""Verbs that start a server, make tables, adopt a clinic's own, and bring rows in."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from wellness_journey.answer import FAILED, PASSED, UNABLE, Answer, shown
from wellness_journey.database import settings
from wellness_journey.database.read_only import refuse_read_only
from wellness_journey.errors import UsageError
from wellness_journey.pipeline import runs
from wellness_journey.shared import chosen_target, console


def do_up(options: argparse.Namespace) -> Answer:
    """What `journey up` does."""
    from wellness_journey.database import server

    home = settings.journey_home()
    target = server.up(home)
    return Answer(
        [str(target), f"for a shell: . {shown(home / 'env')}"],
        {"target": str(target), "env": str(home / "env")},
    )


def do_down(options: argparse.Namespace) -> Answer:
    """What `journey down` does."""
    from wellness_journey.database import server

    home = settings.journey_home()
    was_running = server.down(home)
    told = "stopped" if was_running else "was not running"
    return Answer([f"embedded PostgreSQL of {shown(home)} {told}"], {"was_running": was_running})


def do_migrate(options: argparse.Namespace) -> Answer:
    """What `journey migrate` does."""
    from wellness_journey.database import migrate

    folder = settings.project_root() / "migrations"
    if options.layout or options.folder:
        return _lay_out(options, folder)
    target = chosen_target()
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


def _lay_out(options: argparse.Namespace, folder: Path) -> Answer:
    from wellness_journey.database import layout, migrate

    if not (options.layout and options.folder):
        raise UsageError(
            "--layout goes with the folder to write into: `migrate --layout supabase DIR`"
        )
    paths = layout.write(migrate.migrations(folder), options.folder)
    told = [*map(shown, paths)] or ["nothing new to write"]
    return Answer(told, {"paths": [str(path) for path in paths]})


def do_adopt(options: argparse.Namespace) -> Answer:
    """What `journey adopt` does."""
    from wellness_journey.adoption import adopt

    root = settings.project_root()
    with settings.connect(chosen_target(), autocommit=True, name="journey adopt") as connection:
        schema = options.schema or adopt.schema_of(root)
        if options.template:
            paths = adopt.write_template(connection, root, schema, options.template)
            told = [*map(shown, paths), "check each guess, then run these files as their owner"]
            return Answer(told, {"paths": [str(path) for path in paths]})
        if options.dry_run:
            statements = adopt.plan(connection, root, schema).all_statements
            return Answer([f"{one};" for one in statements], {"statements": statements})
        refuse_read_only(connection)
        names = adopt.adopt(connection, root, schema)
    told = [f"applied  {name}" for name in names]
    told.append(f"adopted  the relations of {schema}; now: journey run")
    return Answer(told, {"applied": names, "schema": schema})


def do_load(options: argparse.Namespace) -> Answer:
    """What `journey load` does."""
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
    with settings.connect(chosen_target(), autocommit=True, name="journey load") as connection:
        runs.require_fit(connection)
        runs.require_own_tables(connection, "load")
        done = console.step("load")
        # How many rows there are by now is a number too.
        progress = None if quiet else console.progress
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


def do_seed(options: argparse.Namespace) -> Answer:
    """What `journey seed` does."""
    from wellness_journey.cohort import seed

    with settings.connect(chosen_target(), autocommit=True, name="journey seed") as connection:
        runs.require_fit(connection)
        runs.require_own_tables(connection, "seed")
        done = console.step("seed")
        result = seed.seed(
            connection,
            sessions=options.sessions,
            days=options.days,
            seed=options.seed,
            progress=console.progress,
        )
        told = "already there" if result.already else "made"
        done(f"{sum(result.counts.values()):,} rows {told}")
    rows = ", ".join(f"{count:,} {table}" for table, count in result.counts.items())
    return Answer([f"synthetic cohort {told}, as of {result.as_of}: {rows}"], asdict(result))
