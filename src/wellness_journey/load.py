"""Rows in: `journey load DIR` brings a folder of CSV files into the operational tables.

All files or, on any error, nothing. Rows that the database refuses are set aside and counted;
the rejects file is the one place where a row's values are written.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from wellness_journey.errors import BusyError, InputError, JourneyError
from wellness_journey.load_files import Record, fault, find_files, read_header, read_records
from wellness_journey.load_rows import TABLES, Batches, describe
from wellness_journey.progress import Estimate
from wellness_journey.refusals import refusal

Connection = psycopg.Connection[Any]
Progress = Callable[[str], None]

_BATCH = 5_000


@dataclass(frozen=True)
class TableLoad:
    """What became of one file's rows: read = loaded + already_present + rejected."""

    table: str
    read: int
    loaded: int
    already_present: int
    rejected: int


def load(
    connection: Connection, folder: Path, rejects: Path, progress: Progress | None = None
) -> list[TableLoad]:
    """Load the CSV files of `folder`; one outcome per file, named as the file.

    Writes the tables and, once they are committed, `rejects/<table>.csv` (mode 600: line,
    reason, the file's own columns) for each file with refused rows; where there was none, the
    rejects file of an earlier load goes. `connection` must be outside a transaction.

    Raises:
        InputError: a file is not readable as rows of its table, or rows do not belong here.
        BusyError: another load or seed is writing.
        JourneyError: tables are missing, or the database or the disk failed.
    """
    files = find_files(folder, TABLES)
    parts = {path.stem: rejects / f".{path.stem}.part" for path in files}
    try:
        rejects.mkdir(mode=0o700, parents=True, exist_ok=True)
        rejects.chmod(0o700)
        # A killed load leaves these behind.
        for part in parts.values():
            part.unlink(missing_ok=True)
        with connection.transaction():
            _prepare(connection)
            outcome = [_load_file(connection, path, parts[path.stem], progress) for path in files]
        _publish(rejects, parts)
    except psycopg.Error as error:
        raise JourneyError(f"nothing was loaded: {refusal(error)}") from None
    except OSError as error:
        raise JourneyError(f"nothing was loaded: {error}") from None
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink(missing_ok=True)
    return outcome


def _prepare(connection: Connection) -> None:
    """Fix how dates are read, keep other writers out, and look at the database as a whole."""
    connection.execute("set local datestyle = 'ISO, YMD'")
    connection.execute("set local timezone = 'UTC'")
    connection.execute("set constraints all immediate")
    # `seed` takes the same lock.
    lock = "select pg_try_advisory_xact_lock(hashtextextended('wellness_journey rows', 0))"
    if connection.execute(lock).fetchone() != (True,):
        raise BusyError(
            "another load or seed is writing to this database: run this one again when it is done"
        )
    if connection.execute("select to_regclass('quality.synthetic_cohort')").fetchone() == (None,):
        raise JourneyError(
            "this database has no quality.synthetic_cohort: run `journey migrate`, then this again"
        )
    if connection.execute("select from quality.synthetic_cohort limit 1").rowcount:
        raise InputError(
            "this database holds the synthetic cohort of `journey seed`, and real rows never "
            "stand beside invented ones: load into another database, or set JOURNEY_HOME to "
            "another folder and run `journey up` and `journey migrate`"
        )


def _load_file(
    connection: Connection, path: Path, part: Path, progress: Progress | None
) -> TableLoad:
    table = describe(connection, path.stem)
    read = loaded = present = rejected = 0
    with path.open("rb") as file:
        records = read_records(path, file)
        columns = read_header(path, records, table.types, table.required)
        batches = Batches(connection, table, columns)
        estimate = Estimate(path.stat().st_size)
        while batch := list(islice(records, _BATCH)):
            refused = {
                record.line: why for record in batch if (why := fault(record, columns, table.types))
            }
            new, known, more = batches.place([r for r in batch if r.line not in refused])
            refused |= more
            if refused:
                _write_rejects(part, columns, batch, refused)
            read += len(batch)
            loaded += new
            present += known
            rejected += len(refused)
            if progress:
                told = estimate(file.tell())
                progress(f"load     {table.name}: {read:,} rows read, {told} of this file")
    if read != loaded + present + rejected:
        raise JourneyError(
            f"{path.name}: nothing was loaded, for {read} rows read are not {loaded} loaded + "
            f"{present} already present + {rejected} rejected: does a trigger of the table "
            "drop rows?"
        )
    # The planner must not take a table that was just filled for an empty one.
    if loaded:
        connection.execute(psycopg.sql.SQL("analyze {}").format(table.relation))
    return TableLoad(table.name, read, loaded, present, rejected)


def _write_rejects(
    part: Path, columns: Sequence[str], batch: Sequence[Record], refused: dict[int, str]
) -> None:
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if not os.fstat(descriptor).st_size:
            writer.writerow(["line", "reason", *columns])
        for record in batch:
            if record.line in refused:
                fields = [*record.fields, *[""] * len(columns)][: len(columns)]
                writer.writerow([record.line, refused[record.line], *fields])
        file.flush()
        os.fsync(descriptor)


def _publish(rejects: Path, parts: dict[str, Path]) -> None:
    try:
        for name, part in parts.items():
            if part.exists():
                part.replace(rejects / f"{name}.csv")
            else:
                (rejects / f"{name}.csv").unlink(missing_ok=True)
    except OSError as error:
        raise JourneyError(
            f"the rows are loaded, but not all rejects files are in place ({error}): mend that "
            "and load the same folder again, which only sets the refused rows aside"
        ) from None
