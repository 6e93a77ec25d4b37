"""A night: build, check and report; what was done and found is one value, and nothing is printed.

The report is made even when a step fails. How far it is goes to the `Console` that is given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

from wellness_journey import checks, files, report
from wellness_journey.adoption import adopt, record
from wellness_journey.checks import Checked
from wellness_journey.database import settings
from wellness_journey.errors import (
    JourneyError,
    NoConnectionError,
    PlaceError,
    TransformError,
    UsageError,
)
from wellness_journey.pipeline import build, clinic_day, documentation, runs
from wellness_journey.progress import Console
from wellness_journey.report import Reading
from wellness_journey.rules import catalogue


@dataclass(frozen=True)
class Reported:
    """A run and its report.

    `checked` holds what only the check itself knows, if it was just made. `paths` are the files
    that were written; `not_built`, `not_written` and `not_made` (dbt's documentation) say what
    could not be done. `may_document` is false for a login that dbt's documentation is not made for.
    """

    read: Reading
    checked: Checked | None
    paths: tuple[Path, ...]
    not_built: tuple[str, ...] = ()
    not_written: tuple[str, ...] = ()
    not_made: str | None = None
    may_document: bool = True


def run(
    target: settings.Target,
    as_of: date,
    console: Console,
    *,
    is_day_given: bool,
    fail_on: str,
    full_refresh: bool,
    dbt_arguments: list[str],
) -> Reported:
    """Build the models as of `as_of`, document them, check them, and report.

    Where the day was not given by hand, it is compared with the server's clock (rule RN-003).

    Raises:
        BusyError: another run, or another dbt, is at work.
        NoConnectionError: the database cannot be used, or was lost.
    """
    root = settings.project_root()
    with runs.run_lock(target) as connection:
        runs.wait_for_builders(connection, console.say)
        server_day = clinic_day.of_server(root, runs.server_time(connection), as_of)
        console.say(f"build    as of {as_of}")
        done = console.step("build")
        not_built: tuple[str, ...]
        try:
            _refuse_changed_inputs(connection, root)
            built = build.build(
                root,
                as_of,
                full_refresh=full_refresh,
                arguments=dbt_arguments,
                progress=console.progress,
            )
            run_id, not_built = built.run_id, built.not_built
            tests = ", ".join(f"{count} {status}" for status, count in sorted(built.tests.items()))
            # How many rows a run wrote tells of the few patients who changed.
            done(f"{built.models} models; tests: {tests or 'none'}")
        except TransformError as error:
            run_id, not_built = uuid4(), (str(error),)
        runs.record_unfinished(connection, run_id, as_of, len(not_built))
        if not is_day_given:
            runs.record_server_day(connection, run_id, server_day)
        # Before Great Expectations is imported, and not at the end: the two share memory then.
        docs = _document()
        done = console.step("check")
        try:
            checked = checks.check(target, root, as_of, run_id)
        except NoConnectionError as error:
            # What became of the tables is not to be lost with it.
            told = [f"NOT BUILT  {line}" for line in not_built]
            raise NoConnectionError("\n".join([*told, str(error)])) from None
        done(f"{len(checked.results):,} checks beside dbt's")
        return replace(_report(target, console, fail_on, checked, docs), not_built=not_built)


def check(target: settings.Target, as_of: date, console: Console, *, fail_on: str) -> Reported:
    """Check what was built before, and report; what dbt documents is as it was.

    Raises:
        As `run`.
    """
    with runs.run_lock(target):
        checked = checks.check(target, settings.project_root(), as_of)
        return _report(target, console, fail_on, checked, None)


def report_again(target: settings.Target, console: Console, *, fail_on: str) -> Reported:
    """Report the newest run, with dbt's documentation where the login may make it.

    Raises:
        NoConnectionError: the database cannot be used, or the login may not read results.
    """
    with runs.reader(target) as connection:
        # It describes all tables, which an analyst may not read.
        describes = runs.may_work_as(connection, settings.PIPELINE_ROLE)
    reported = _report(target, console, fail_on, None, _document() if describes else None)
    return replace(reported, may_document=describes)


def funnels(target: settings.Target, path: Path | None, practitioner: UUID | None) -> Path:
    """Write practitioners side by side to `path`, for one user only: all of them, or the one's own.

    Raises:
        UsageError: there is no path, or the practitioner has no session.
        NoConnectionError: the login may not read `marts`.
        PlaceError: the file cannot be written.
    """
    from wellness_journey.report import funnels

    if path is None:
        raise UsageError("--practitioner goes with --funnels FILE, which it narrows: name a file")
    with runs.reader(target, runs.RESTRICTED) as connection:
        rows = funnels.read(connection, practitioner)
        as_of = report.read(connection).found.as_of
    text = funnels.page(rows, as_of, is_own=practitioner is not None)
    return files.write(path, text, private=True)


def _report(
    target: settings.Target,
    console: Console,
    fail_on: str,
    checked: Checked | None,
    docs: Path | JourneyError | None,
) -> Reported:
    """Write the report of a run, the newest if none was just checked."""
    # Altair is the largest of our imports after dbt and Great Expectations, and last in need.
    from wellness_journey.report.page import page

    done = console.step("report")
    with (runs.pipeline if checked else runs.reader)(target) as connection:
        read = report.read(connection, checked.run_id if checked else None)
        html = page(read, report.read_for_page(connection, read))
    paths: list[Path] = []
    not_written: list[str] = []
    try:
        folder = settings.project_root() / "reports"
        paths += report.write_summary(read, folder, fail_on, html)
        report.append_to_step(read)
    except PlaceError as error:
        not_written.append(str(error))
    not_made = None
    if isinstance(docs, Path):
        paths.append(docs)
    elif isinstance(docs, PlaceError):
        not_written.append(str(docs))
    elif docs:
        not_made = str(docs)
    done(f"{len(paths)} files")
    return Reported(read, checked, tuple(paths), not_written=tuple(not_written), not_made=not_made)


def _refuse_changed_inputs(connection: runs.Connection, root: Path) -> None:
    """Return if the clinic's relations are as they were adopted, or the tables are the migrations'.

    Raises:
        TransformError: dbt would stop at what changed.
    """
    adoption = record.read(connection)
    told = adopt.differs(root, adoption) or (adopt.changes(connection, root) if adoption else None)
    if told:
        raise TransformError(told)


def _document() -> Path | JourneyError:
    """dbt's documentation, or why there is none."""
    root = settings.project_root()
    rules = catalogue.read(root / catalogue.FILE).values()
    try:
        return documentation.write(root, rules, root / "reports" / documentation.FILE)
    except (TransformError, PlaceError) as error:
        return error
