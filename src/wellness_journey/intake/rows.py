"""From the records of a file to rows: canonical texts of the table's columns, or faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from wellness_journey.errors import InputError
from wellness_journey.intake.descriptor import wrong
from wellness_journey.intake.made_keys import DAYS, MadeKeys
from wellness_journey.intake.reasons import Fault
from wellness_journey.intake.records import Header, Record
from wellness_journey.intake.sources import TYPED, Source
from wellness_journey.intake.spreadsheets import Unreadable
from wellness_journey.intake.tables import Table
from wellness_journey.intake.values import Column, Convert, Zoneless, converter

Row = list[str | None]

# Which types of the Table Schema suit which columns; without a type every column is suited.
_SUITABLE = {
    "date": ("date", "datetime"),
    "timestamp": ("datetime", "date"),
    "integer": ("integer", "number"),
    "number": ("number", "integer"),
    "boolean": ("boolean",),
    "key": ("string",),
    "code": ("string",),
    "text": ("string",),
}


@dataclass
class Rows:
    """Reads the records of one file; counts what it skips and what it takes as UTC.

    `columns` are those of the rows that `read` returns; the last is the key where it is made.
    """

    source: Source
    table: Table
    header: Header
    skipped: int = 0
    without_zone: int = 0
    columns: list[str] = field(init=False)

    def __post_init__(self) -> None:
        places = [(i, name) for i, name in enumerate(self.header.columns) if name is not None]
        self.columns = [name for _, name in places]
        self._converters: list[tuple[int, Convert]] = [
            (place, self._converter(place, name)) for place, name in places
        ]
        self._times = [
            place
            for place, name in enumerate(self.columns)
            if self.table.columns[name].kind == "timestamp"
        ]
        self._typed = self.source.ending in TYPED
        self._last_line = self.header.line
        self._keys: Callable[[Row], str] | None = None
        if self.source.make_keys:
            if self.table.key in self.columns:
                raise wrong(
                    f"resource {self.table.name}",
                    f"journey:makeKeys is true, but {self.source.path.name} has {self.table.key}",
                )
            made, columns = MadeKeys(self.table.name), list(self.columns)
            self._keys = lambda row: made.key(dict(zip(columns, row, strict=True)))
            self.columns.append(self.table.key)

    def _converter(self, place: int, name: str) -> Convert:
        column = self._column(name)
        described = self.header.fields[place]
        if described and described.type not in (None, "any", *_SUITABLE[column.kind]):
            raise wrong(
                f"resource {self.table.name}, field {described.name}",
                f"type {described.type} does not suit the column {name} "
                f"({self.table.types[name]}): use {_SUITABLE[column.kind][0]}",
            )
        required = name in self.table.required
        return converter(
            column,
            described.spelling if described else None,
            field=self.header.names[place],
            required=required or (self.source.make_keys and name == DAYS[self.table.name]),
            repeats=name != self.table.key,
        )

    def _column(self, name: str) -> Column:
        column = self.table.columns.get(name)
        if not column:
            raise InputError(
                f"{self.source.path.name}: the column {name} has the type "
                f"{self.table.types[name]}, which load cannot fill: leave it out of the file. "
                "Nothing was loaded"
            )
        return column

    def is_empty(self, record: Record) -> bool:
        """Whether a record has no value at all; counts it."""
        if self._typed:
            # Of these formats empty rows do not come here; the rows' numbers show them.
            self.skipped += record.line - self._last_line - 1
            self._last_line = record.line
        elif not record.fault and not any(text.strip(" ") for text in record.fields):
            self.skipped += 1
            return True
        return False

    def read(self, record: Record) -> Row | Fault:
        """The row of a record, or why it is none.

        Raises:
            InputError: a column without a name holds a value.
        """
        if record.fault:
            return Fault(record.fault)
        fields = record.fields
        named = len(self.header.names)
        expected = named + self.header.unnamed
        if len(fields) != expected:
            return Fault(
                f"{len(fields)} fields, expected {expected}",
                "as many as the first line has; is a delimiter in a value without quotation marks?",
            )
        for place in range(named, expected):
            if fields[place].strip(" ") or isinstance(fields[place], Unreadable):
                raise InputError(
                    f"{self.source.path.name}: column number {place + 1} has no name, but a value "
                    f"on line {record.line}: name it, or empty it. Nothing was loaded"
                )
        if self._typed:
            for place, _ in self._converters:
                cell = fields[place]
                if isinstance(cell, Unreadable):
                    return Fault(f"{self.header.columns[place]} {cell.why}")
        row: Row = []
        for place, convert in self._converters:
            value = convert(fields[place])
            if isinstance(value, Fault):
                return value
            row.append(value)
        for place in self._times:
            if row[place].__class__ is Zoneless:
                self.without_zone += 1
        if self._keys:
            row.append(self._keys(row))
        return row

    def key_of(self, record: Record, row: Row | Fault) -> str | None:
        """The key of a record, of one that is no row too if it can be read."""
        if not isinstance(row, Fault):
            return row[self.columns.index(self.table.key)]
        if self.table.key not in self.header.columns:
            return None
        place = self.header.columns.index(self.table.key)
        if len(record.fields) <= place:
            return None
        key = dict(self._converters)[place](record.fields[place])
        return key if isinstance(key, str) else None
