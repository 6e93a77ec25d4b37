"""Parquet files as records. Imported only where there is one: it needs the extra `formats`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from wellness_journey.errors import InputError
from wellness_journey.intake.records import Record
from wellness_journey.intake.spreadsheets import Unreadable, cell_text

# Small, so that a row group of many rows is not held whole.
_BATCH = 4_096
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY = 86_400 * 10**6
_EPOCH = datetime(1970, 1, 1)
# pandas' own numbers of the rows.
_ROW_NUMBERS = re.compile(r"__index_level_[0-9]+__")


def parquet_records(path: Path) -> Iterator[Record]:
    """The records of a Parquet file, header first and as line 1.

    A missing number that pandas wrote as NaN is no value.

    Raises:
        InputError: not Parquet, encrypted, damaged, or a column of a type that no table has.
    """
    with path.open("rb") as source:
        try:
            file = pq.ParquetFile(source)
            columns = [
                (number, field)
                for number, field in enumerate(file.schema_arrow)
                if not _ROW_NUMBERS.fullmatch(field.name)
            ]
            readers = [(number, _reader(path, field)) for number, field in columns]
            yield Record(1, [field.name for _, field in columns])
            line = 1
            for batch in file.iter_batches(_BATCH, use_threads=False):
                texts = [read(batch.column(number)) for number, read in readers]
                for fields in zip(*texts, strict=True):
                    line += 1
                    if any(text.strip(" ") for text in fields):
                        yield Record(line, list(fields))
        except (pa.ArrowException, OSError, UnicodeDecodeError):
            # Its message can hold a value.
            raise InputError(
                f"{path.name}: the file is damaged, encrypted, or not Parquet; write it anew, "
                "or save it as CSV. Nothing was loaded"
            ) from None


def _reader(path: Path, field: Any) -> Callable[[Any], list[str]]:
    """What makes texts of a column's values."""
    kind = field.type
    decode = pa.types.is_dictionary(kind)
    if decode:
        kind = kind.value_type
    types = pa.types
    read: Callable[[Any], list[str]]
    if types.is_timestamp(kind):
        read = _timestamps(path, field.name, kind)
    elif types.is_date(kind):
        read = _dates
    elif types.is_time(kind):
        read = _without_value("is a time without a day")
    elif types.is_duration(kind):
        read = _without_value("is a duration")
    elif types.is_fixed_size_binary(kind) and kind.byte_width == 16:
        read = _uuids
    elif _is_plain(kind):
        read = _plain
    else:
        raise InputError(
            f"{path.name}: the column {field.name} is of the Parquet type {kind}, which no column "
            "of a table takes; write the file without it or as text. Nothing was loaded"
        )
    if decode:
        return lambda column: read(column.dictionary_decode())
    return read


def _is_plain(kind: Any) -> bool:
    """Whether pyarrow's Python value of it is one that `cell_text` knows."""
    types = pa.types
    return isinstance(kind, pa.UuidType) or any(
        is_kind(kind)
        for is_kind in (
            types.is_string,
            types.is_large_string,
            types.is_string_view,
            types.is_integer,
            types.is_floating,
            types.is_decimal,
            types.is_boolean,
            types.is_null,
        )
    )


def _plain(column: Any) -> list[str]:
    return [cell_text(value) for value in column.to_pylist()]


def _uuids(column: Any) -> list[str]:
    return [cell_text(value and UUID(bytes=value)) for value in column.to_pylist()]


def _without_value(why: str) -> Callable[[Any], list[str]]:
    return lambda column: [Unreadable(why) if it.is_valid else "" for it in column]


def _dates(column: Any) -> list[str]:
    # From whole numbers: pyarrow's own Python values fail beyond the year 9999.
    days = column.cast(pa.date32()).cast(pa.int32()).to_pylist()
    return ["" if day is None else _text(day * _DAY, datetime.date) for day in days]


def _text(microseconds: int, form: Callable[[datetime], object]) -> str:
    try:
        return cell_text(form(_EPOCH + timedelta(microseconds=microseconds)))
    except OverflowError:
        return Unreadable("is before the year 1 or after 9999")


def _timestamps(path: Path, name: str, kind: Any) -> Callable[[Any], list[str]]:
    """From whole numbers: pyarrow's own Python values need pandas for nanoseconds."""
    per_second = _PER_SECOND[kind.unit]
    zone = _zone(path, name, kind.tz)

    def seen(moment: datetime) -> datetime:
        return moment.replace(tzinfo=UTC).astimezone(zone) if zone else moment

    def text(value: int | None) -> str:
        if value is None:
            return ""
        microseconds, rest = divmod(value * 10**6, per_second)
        if rest:
            # Nanoseconds reach from 1677 to 2262 only.
            moment = seen(_EPOCH + timedelta(microseconds=microseconds))
            shown = f"{moment.replace(tzinfo=None):%Y-%m-%dT%H:%M:%S.%f}{value % 1000:03d}"
            return Unreadable("has nanoseconds, and the table keeps microseconds", shown)
        return _text(microseconds, seen)

    return lambda column: [text(value) for value in column.cast(pa.int64()).to_pylist()]


def _zone(path: Path, name: str, zone: str | None) -> tzinfo | None:
    """The zone in which the file's writer saw the times: it decides on the day."""
    if zone is None:
        return None
    try:
        found: tzinfo = pa.lib.string_to_tzinfo(zone)
    except Exception:
        raise InputError(
            f"{path.name}: the column {name} has times in the zone {zone}, which this computer "
            "does not know; install `tzdata`, or write the times in UTC. Nothing was loaded"
        ) from None
    return found
