"""Values of a Parquet file: what each becomes as text, which files are refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from typed_cells import KEY, SECRET, TABLE, outcomes, records, told
from wellness_journey.errors import InputError
from wellness_journey.intake.spreadsheets import cell_records


def parquet(path: Path, column: pa.Array, **options: Any) -> Path:
    pq.write_table(pa.table({"a": column}), path, **options)
    return path


PLUS_FIVE = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (date(2026, 3, 5), pa.date32(), ("cell", "2026-03-05")),
        (date(2026, 3, 5), pa.date64(), ("cell", "2026-03-05")),
        (date(1969, 3, 5), pa.date32(), ("cell", "1969-03-05")),
        (datetime(2026, 3, 5), pa.timestamp("s"), ("cell", "2026-03-05T00:00:00")),
        (datetime(2026, 3, 5, 21, 10), pa.timestamp("ms"), ("cell", "2026-03-05T21:10:00")),
        (1_772_745_000_123_456_000, pa.timestamp("ns"), ("cell", "2026-03-05T21:10:00.123456")),
        (-1_000, pa.timestamp("ns"), ("cell", "1969-12-31T23:59:59.999999")),
        (
            1_772_745_000_123_456_001,
            pa.timestamp("ns"),
            ("why", "has nanoseconds, and the table keeps microseconds"),
        ),
        (2**62, pa.timestamp("ms"), ("why", "is before the year 1 or after 9999")),
        (2**31 - 1, pa.date32(), ("why", "is before the year 1 or after 9999")),
        (-(2**31), pa.date32(), ("why", "is before the year 1 or after 9999")),
        (
            datetime(2026, 3, 5, 21, 10, tzinfo=UTC),
            pa.timestamp("us", "UTC"),
            ("cell", "2026-03-05T21:10:00+00:00"),
        ),
        (
            datetime(2026, 3, 5, 23, 10, tzinfo=PLUS_FIVE),
            pa.timestamp("us", "America/New_York"),
            ("cell", "2026-03-05T23:10:00-05:00"),
        ),
        (
            datetime(2026, 3, 5, 23, 10, tzinfo=PLUS_FIVE),
            pa.timestamp("ns", "+05:30"),
            ("cell", "2026-03-06T09:40:00+05:30"),
        ),
        (5, pa.int8(), ("cell", "5")),
        (2**64 - 1, pa.uint64(), ("cell", "18446744073709551615")),
        (5.0, pa.float64(), ("cell", "5")),
        (5.5, pa.float32(), ("cell", "5.5")),
        (float("nan"), pa.float64(), ""),
        (float("inf"), pa.float64(), ("why", "is infinite")),
        (
            1e15,
            pa.float64(),
            ("why", "is a number of more than 15 digits, of which the file keeps 15"),
        ),
        (Decimal("5.00"), pa.decimal128(10, 2), ("cell", "5")),
        (Decimal("5.50"), pa.decimal128(10, 2), ("cell", "5.50")),
        (Decimal("12345678901234567890"), pa.decimal128(30, 0), ("cell", "12345678901234567890")),
        (True, pa.bool_(), ("cell", "true")),
        ("5", pa.string(), "5"),
        (" NA", pa.large_string(), " NA"),
        ("x", pa.dictionary(pa.int32(), pa.string()), "x"),
        (7, pa.dictionary(pa.int8(), pa.int64()), ("cell", "7")),
        (KEY.bytes, pa.binary(16), ("cell", str(KEY))),
        (KEY.bytes, pa.uuid(), ("cell", str(KEY))),
        (time(14, 15), pa.time64("ns"), ("why", "is a time without a day")),
        (timedelta(hours=36), pa.duration("us"), ("why", "is a duration")),
    ],
)
def test_a_parquet_value_as_text(
    tmp_path: Path, value: object, kind: pa.DataType, expected: object
) -> None:
    """A typed value is canonical text, as of the zone of its column; a NULL is no value."""
    values = {"a": pa.array([value, None], kind), "b": pa.array(["x", "y"])}
    path = tmp_path / "log_pulse_checks.parquet"
    pq.write_table(pa.table(values), path)
    header, row, empty = records(path)
    assert (header.line, header.fields) == (1, ["a", "b"])
    assert (row.line, told(row.fields)) == (2, [expected, "x"])
    assert (empty.line, told(empty.fields)) == (3, ["", "y"])


def test_uuids_without_arrows_own_schema(tmp_path: Path) -> None:
    """Other writers know only Parquet's logical type."""
    path = tmp_path / "log_pulse_checks.parquet"
    parquet(path, pa.array([KEY.bytes], pa.uuid()), store_schema=False)
    assert told(records(path)[1].fields) == [("cell", str(KEY))]


@pytest.mark.parametrize(
    ("column", "named"),
    [
        (pa.array([[1, 2]]), "list"),
        (pa.array([{"x": SECRET}]), "struct"),
        (pa.array([SECRET.encode()]), "binary"),
        (pa.array([b"four"], pa.binary(4)), "fixed_size_binary"),
    ],
)
def test_a_type_that_no_column_takes(tmp_path: Path, column: pa.Array, named: str) -> None:
    """Lists, records and bytes are refused by the column's name, before any row is read."""
    path = parquet(tmp_path / "log_pulse_checks.parquet", column)
    with pytest.raises(InputError, match=f"the column a is of the Parquet type {named}") as error:
        next(cell_records(path, TABLE))
    assert SECRET not in str(error.value)


def test_a_zone_that_is_not_known(tmp_path: Path) -> None:
    """The zone decides on the day of a time, so that it cannot be passed over."""
    column = pa.array([0], pa.timestamp("us", "Mars/Olympus"))
    path = parquet(tmp_path / "log_pulse_checks.parquet", column)
    with pytest.raises(InputError, match="the column a has times in the zone Mars/Olympus"):
        records(path)


def test_row_numbers_of_pandas_are_no_column(tmp_path: Path) -> None:
    """A frame that was filtered is written with its index."""
    import pandas

    path = tmp_path / "log_pulse_checks.parquet"
    frame = pandas.DataFrame({"a": [1.0, None, 3.0], "b": ["x", "y", None]})
    frame[frame.a != 1.0].to_parquet(path)
    assert [(row.line, told(row.fields)) for row in records(path)] == [
        (1, ["a", "b"]),
        (2, ["", "y"]),
        (3, [("cell", "3"), ""]),
    ]


def test_parquet_is_read_piece_by_piece(tmp_path: Path) -> None:
    """The rows of the first group arrive although the second one is damaged."""
    path = parquet(
        tmp_path / "log_pulse_checks.parquet",
        pa.array([f"{SECRET} {n}" for n in range(20_000)]),
        row_group_size=10_000,
        compression="snappy",
        use_dictionary=False,
    )
    start = pq.ParquetFile(path).metadata.row_group(1).column(0).data_page_offset
    content = bytearray(path.read_bytes())
    content[start : start + 2_000] = b"\xff" * 2_000
    path.write_bytes(content)
    read = 0
    with pytest.raises(InputError, match="damaged") as error:
        for _ in cell_records(path, TABLE):
            read += 1
    assert 5_000 < read <= 10_001
    assert SECRET not in str(error.value)


def test_damaged_parquet(tmp_path: Path) -> None:
    """A damaged file is refused by name or read, without a traceback and without a value."""
    path = parquet(tmp_path / "log_pulse_checks.parquet", pa.array([SECRET] * 50))
    messages = outcomes(path, path.read_bytes())
    assert any("damaged" in message for message in messages)
    assert not any(SECRET in message for message in messages)


def test_parquet_by_name_only(tmp_path: Path) -> None:
    """A CSV file with the ending of another format is refused by name."""
    path = tmp_path / "log_pulse_checks.parquet"
    path.write_text("session_id,mood_level\n1,2\n")
    with pytest.raises(InputError, match=r"log_pulse_checks.parquet: .*not Parquet"):
        records(path)
