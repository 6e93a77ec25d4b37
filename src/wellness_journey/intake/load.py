"""Rows in: `journey load DIR` brings a folder of files into the operational tables.

All files or, on any error, nothing. Rows that are not as they must be are set aside and counted;
the rejects file is the one place where a row's values are written.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from wellness_journey import files
from wellness_journey.database.one_writer import be_the_only_writer
from wellness_journey.database.refusals import trouble
from wellness_journey.errors import InputError, JourneyError
from wellness_journey.intake import descriptor
from wellness_journey.intake.answer import TableLoad
from wellness_journey.intake.batches import Batches, Rejected
from wellness_journey.intake.opening import open_regular
from wellness_journey.intake.reasons import Fault, Reasons
from wellness_journey.intake.records import Record, find_files, read_header, read_records
from wellness_journey.intake.rows import Row, Rows
from wellness_journey.intake.sources import DELIMITED, Source
from wellness_journey.intake.spreadsheets import Unreadable
from wellness_journey.intake.tables import TABLES, describe
from wellness_journey.progress import Estimate

__all__ = ["TABLES", "TableLoad", "load"]

Connection = psycopg.Connection[Any]
Progress = Callable[[str], None]

_BATCH = 5_000
# Rows of these are referred to by rows of the tables after them.
_REFERRED_TO = ("auth_users", "log_sessions")


def load(
    connection: Connection, folder: Path, rejects: Path, progress: Progress | None = None
) -> list[TableLoad]:
    """Load the files of `folder`; one outcome per file, named as its table.

    Writes the tables and, once they are committed, `rejects/<table>.csv` (mode 600: line,
    reason, the file's own columns) for each file with rejected rows; where there was none, the
    rejects file of an earlier load goes. `connection` must be outside a transaction.

    Raises:
        InputError: a file or datapackage.json cannot be read, or rows do not belong here.
        BusyError: another load or seed is writing.
        JourneyError: tables are missing, or the database or the disk failed.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: name the folder that holds the files")
    sources = find_files(folder, TABLES, descriptor.read(folder, TABLES))
    parts = {source.table: rejects / f".{source.table}.part" for source in sources}
    rejected: Rejected = {}
    try:
        rejects.mkdir(mode=0o700, parents=True, exist_ok=True)
        rejects.chmod(0o700)
        # A killed load leaves these behind.
        for part in parts.values():
            part.unlink(missing_ok=True)
        with connection.transaction():
            _prepare(connection)
            outcome = [
                _load_file(connection, source, parts[source.table], rejected, progress)
                for source in sources
            ]
        _publish(rejects, parts)
    except psycopg.Error as error:
        raise JourneyError(f"nothing was loaded: {trouble(error)}") from None
    except OSError as error:
        # An error while a file of rows is read names no file.
        told = files.unwritable(error) if error.filename else files.reason(error)
        raise JourneyError(f"nothing was loaded: {told}") from None
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink(missing_ok=True)
    return outcome


def _prepare(connection: Connection) -> None:
    """Fix how times are read, keep other writers out, and look at the database as a whole."""
    connection.execute("set constraints all immediate")
    be_the_only_writer(connection)
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
    connection: Connection,
    source: Source,
    part: Path,
    rejected: Rejected,
    progress: Progress | None,
) -> TableLoad:
    table = describe(connection, source.table)
    read = loaded = present = 0
    reasons = Reasons()
    with open_regular(source.path) as file:
        records = read_records(source, file)
        required = table.required - ({table.key} if source.make_keys else set())
        header = read_header(source, records, table.types, required)
        rows = Rows(source, table, header)
        batches = Batches(connection, table, rows.columns, rejected, made_keys=source.make_keys)
        estimate = Estimate(source.path.stat().st_size)
        while batch := list(islice((r for r in records if not rows.is_empty(r)), _BATCH)):
            found = {record.line: rows.read(record) for record in batch}
            refused = {line: row for line, row in found.items() if isinstance(row, Fault)}
            new, known, more = batches.place(
                {line: row for line, row in found.items() if not isinstance(row, Fault)}
            )
            refused |= more
            if refused:
                _write_rejects(part, header.names, batch, refused)
                reasons.add(refused)
                if table.name in _REFERRED_TO:
                    _remember(rejected.setdefault(table.name, {}), rows, batch, found, refused)
            read += len(batch)
            loaded += new
            present += known
            if progress:
                told = f"load     {table.name}: {read:,} rows read"
                if source.ending in DELIMITED:
                    told += f", {estimate(file.tell())} of this file"
                progress(told)
    rejects = sum(group.count for group in reasons.groups.values())
    if read != loaded + present + rejects:
        raise JourneyError(
            f"{source.path.name}: nothing was loaded, for {read} rows read are not {loaded} loaded "
            f"+ {present} already present + {rejects} rejected: does a trigger of the table "
            "drop rows?"
        )
    # The planner must not take a table that was just filled for an empty one.
    if loaded:
        connection.execute(psycopg.sql.SQL("analyze {}").format(table.relation))
    return TableLoad(
        table.name,
        read,
        loaded,
        present,
        rejects,
        rows.skipped,
        header.unnamed,
        rows.without_zone,
        batches.corrected() if source.make_keys else None,
        reasons.listed(),
    )


def _remember(
    keys: dict[str, tuple[str, int]],
    rows: Rows,
    batch: Sequence[Record],
    found: Mapping[int, Row | Fault],
    refused: Mapping[int, Fault],
) -> None:
    """Note the first line of each rejected key, for the rows that refer to it."""
    for record in batch:
        if record.line in refused and (key := rows.key_of(record, found[record.line])):
            keys.setdefault(key, (rows.source.path.name, record.line))


def _write_rejects(
    part: Path, names: Sequence[str], batch: Sequence[Record], refused: Mapping[int, Fault]
) -> None:
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        with os.fdopen(
            descriptor, "w", encoding="utf-8", errors="backslashreplace", newline=""
        ) as file:
            writer = csv.writer(file)
            if not os.fstat(descriptor).st_size:
                writer.writerow(["line", "reason", *names])
            for record in batch:
                if record.line in refused:
                    fields = [_shown(field) for field in record.fields]
                    fields = [*fields, *[""] * len(names)][: len(names)]
                    writer.writerow([record.line, refused[record.line].in_full(), *fields])
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        raise JourneyError(f"nothing was loaded: {files.unwritable(error, part)}") from None


def _shown(field: str) -> str:
    """A cell as its file shows it."""
    return field.shown if isinstance(field, Unreadable) else field


def _publish(rejects: Path, parts: dict[str, Path]) -> None:
    try:
        for name, part in parts.items():
            if part.exists():
                part.replace(rejects / f"{name}.csv")
            else:
                (rejects / f"{name}.csv").unlink(missing_ok=True)
    except OSError as error:
        raise JourneyError(
            "the rows are loaded, but not all rejects files are in place: "
            f"{files.unwritable(error)}. Then load the same folder again, which only sets the "
            "refused rows aside"
        ) from None
