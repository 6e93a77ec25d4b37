"""One cell in, one canonical text out, or a fault that says how to declare the spelling."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellness_journey.intake.days import declared_day, declared_time, fault_of_format
from wellness_journey.intake.reasons import Fault
from wellness_journey.intake.sources import Spelling
from wellness_journey.intake.spreadsheets import Cell
from wellness_journey.intake.values import Column, Zoneless, converter


def read(kind: str, text: str, required: bool = False, **spelling: Any) -> Any:
    return converter(Column("c", kind), Spelling(**spelling), required=required)(text)


@pytest.mark.parametrize(
    ("kind", "text", "canonical"),
    [
        ("date", " 2026-03-05 ", "2026-03-05"),
        ("date", "2026-03-05T23:10:00-05:00", "2026-03-05"),
        ("timestamp", "2026-03-05 21:10:05.1+01:30", "2026-03-05T19:40:05.100000Z"),
        ("timestamp", "2026-01-01T00:30-0545", "2026-01-01T06:15:00.000000Z"),
        ("timestamp", "1000-01-01T00:00+15:59", "0999-12-31T08:01:00.000000Z"),
        ("integer", "+005.00", "5"),
        ("integer", "-0", "0"),
        ("integer", "000000000000000000123456789", "123456789"),
        ("number", "-012.50", "-12.50"),
        ("boolean", "TRUE", "true"),
        ("boolean", "0", "false"),
        ("key", "6F9619FF-8B86-D011-B42D-00CF4FC964FF", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
        ("code", " HABIT ", "HABIT"),
        ("text", " NA ", " NA "),
        ("text", "   ", None),
    ],
)
def test_iso_is_taken(kind: str, text: str, canonical: str | None) -> None:
    """The database is given one spelling of each value."""
    assert read(kind, text) == canonical


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("date", "3/1/26", "not an ISO date"),
        ("date", "25-Mar-26", "not an ISO date"),
        ("date", "2026-02-29", "not an ISO date"),
        ("date", "0226-03-05", "a year before 1000"),
        ("date", "\u0662\u0660\u0662\u0666-03-05", "not an ISO date"),
        ("date", "2026-03-05\n", "not an ISO date"),
        ("date", "\u00a02026-03-05", "not an ISO date"),
        ("timestamp", "9999-12-31T23:00-05:00", "not an ISO time"),
        ("timestamp", "2026-03-05 21:10 CET", "not an ISO time"),
        ("integer", "5.5", "not a whole number"),
        ("integer", "1e1", "not a whole number"),
        ("integer", "1234567890", "not a whole number"),
        ("boolean", "yes", "not true or false"),
        ("key", "6F9619FF8B86D011B42D00CF4FC964FF", "not a key (UUID)"),
        ("text", "a\0b", "a character that no text has"),
        ("text", "Gr\xfc\xdfe \x96 1\x80", "a character that no text has"),
        ("text", "\ud800", "a character that no text has"),
    ],
)
def test_nothing_else_is_taken(kind: str, text: str, said: str) -> None:
    """A fault has a reason, and never the cell's text."""
    fault = read(kind, text)
    assert isinstance(fault, Fault)
    assert said in fault.reason
    assert text not in fault.in_full()


def test_no_value() -> None:
    """An empty cell is no value, unless others are declared; a required column needs one."""
    assert read("integer", "  ") is None
    assert read("integer", "NA", missing=frozenset({"NA"})) is None
    assert isinstance(read("integer", "", missing=frozenset({"NA"})), Fault)
    assert read("text", "", missing=frozenset({"NA"})) == ""
    assert read("date", "", required=True).reason == "c has no value"


def test_times_without_a_zone_are_told_apart() -> None:
    """They are taken as UTC, and can be counted."""
    for text, zoneless in (("2026-03-05", True), ("2026-03-05 21:10", True)):
        assert isinstance(read("timestamp", text), Zoneless) is zoneless
    assert not isinstance(read("timestamp", "2026-03-05 21:10+00:00"), Zoneless)


@pytest.mark.parametrize(
    ("written_as", "text", "day"),
    [
        ("%d.%m.%Y", "1.3.2026", "2026-03-01"),
        ("%d.%m.%Y", "01.03.26", None),
        ("%d.%m.%Y", "31.02.2026", None),
        ("%d.%m.%Y", "1. 3.2026", None),
        ("%d.%m.%Y", "\u0661.\u0663.2026", None),
        ("%d.%m.%Y", "01.03.0226", None),
        ("%d %m %Y", "01  03 2026", None),
        ("%d %m %Y", "01\u00a003 2026", None),
        ("%m/%d/%y", "3/1/26", "2026-03-01"),
        ("%m/%d/%y", "3/1/69", "1969-03-01"),
        ("%d-%b-%y", "5-mar-26", "2026-03-05"),
        ("%d-%b-%y", "5-mär-26", None),
        ("%Y%m%d", "20260305", "2026-03-05"),
        ("%Y%m%d", "2026035", None),
        ("%a %d %b %Y", "Thu 05 Mar 2026", "2026-03-05"),
        ("%a %d %b %Y", "Mon 05 Mar 2026", None),
        ("%Y-%j", "2026-365", "2026-12-31"),
        ("%Y-%j", "2026-366", None),
        ("%Y-%m-%dT%H:%M", "2026-03-05T21:10", "2026-03-05"),
        ("%Y-%m-%dT%H:%M", "2026-03-05t21:10", None),
        ("%d.%m.%Y %H:%M:%S", "05.03.2026 21:10:60", None),
    ],
)
def test_a_declared_format_is_taken_strictly(written_as: str, text: str, day: str | None) -> None:
    """Where strptime is lax, load is not."""
    assert fault_of_format(written_as) is None
    assert declared_day(written_as)(text) == day
    if day:
        assert isinstance(read("date", "2026-03-05", date_format=written_as), Fault)


def test_a_declared_time() -> None:
    """With a zone it is moved to UTC; without one it is UTC, and told."""
    zoned = declared_time("%d.%m.%Y %I:%M %p %z")("05.03.2026 12:10 am -01:00")
    assert zoned == "2026-03-05T01:10:00.000000Z"
    assert not isinstance(zoned, Zoneless)
    assert isinstance(declared_time("%d.%m.%Y %H:%M")("05.03.2026 9:10"), Zoneless)
    assert declared_time("%Y-%m-%d %H:%M%z")("2026-03-05 21:10z") is None


@pytest.mark.parametrize(
    "written_as",
    [
        "%d.%m",
        "%d.%m.%Y.%y",
        "%Y-%m-%d %I:%M",
        "%x",
        "%",
        "any",
        "%d%d%m%Y",
        "%Y %j %d",
        "%-d.%m.%Y",
        "%d.%m.%Y %z",
        "%d.%m.%Y %M",
        "%Y-%m-%d %H:%I:%p",
    ],
)
def test_what_is_no_format(written_as: str) -> None:
    """A format that leaves a day open, or that says something twice, is refused."""
    assert fault_of_format(written_as)


FORMATS = ["%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%d %B %Y", "%a, %d-%b-%Y", "%Y/%j", "%A %B %d %Y"]


@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from(FORMATS))
def test_what_strftime_writes_is_read(day: date, written_as: str) -> None:
    """Every day comes back from every format."""
    assert declared_day(written_as)(day.strftime(written_as)) == day.isoformat()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,0", "1234"),
        ("1234", "1234"),
        ("1.5", None),
        ("12.34,0", None),
        ("1,5", None),
        ("5,0", "5"),
        ("5.0", None),
    ],
)
def test_declared_numbers(text: str, value: str | None) -> None:
    """Groups are of three digits: 1.5 of an American file is not fifteen."""
    found = read("integer", text, decimal_char=",", group_char=".")
    assert found == value if value else isinstance(found, Fault)


def test_declared_truth_values() -> None:
    """They stand in place of the others, as they are spelled."""
    declared = {"true_values": frozenset({"ja", "1"}), "false_values": frozenset({"nein", "2"})}
    assert [read("boolean", text, **declared) for text in ("ja", "2")] == ["true", "false"]
    for text in ("Ja", "true", "0"):
        assert isinstance(read("boolean", text, **declared), Fault)


def test_a_typed_cell_is_iso_whatever_is_declared() -> None:
    """`format` is for cells that hold text; both spellings are kept apart."""
    convert = converter(Column("c", "date"), Spelling(date_format="%d.%m.%Y"))
    assert convert(Cell("2026-03-05")) == convert("5.3.2026") == "2026-03-05"
    assert isinstance(convert("2026-03-05"), Fault)
    missing = converter(Column("c", "integer"), Spelling(missing=frozenset({"-99"})))
    assert missing(Cell("-99")) is None


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("date", "3/25/26", '{"name": "Day", "type": "date", "format": "%m/%d/%y"}'),
        ("timestamp", "25.3.2026 9:10", '"type": "datetime", "format": "%d.%m.%Y %H:%M"}'),
        ("integer", "NA", '{"name": "Day", "missingValues": ["", "NA"]}'),
        ("integer", "5,0", '"decimalChar": ","}'),
    ],
)
def test_a_fault_shows_how_to_declare_the_spelling(kind: str, text: str, told: str) -> None:
    """What is shown works, once it is declared."""
    fault = converter(Column("c", kind), field="Day")(text)
    assert isinstance(fault, Fault)
    assert told in fault.in_full()
    written_as = re.search(r'"format": "(.*?)"', fault.in_full())
    if written_as:
        assert not isinstance(read(kind, text, date_format=written_as[1]), Fault)
