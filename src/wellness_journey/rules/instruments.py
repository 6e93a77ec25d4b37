"""The instruments of assessments: a list in dbt_project.yml, and rows of two seeds for each.

ref_instruments has one row of each, ref_severity_bands one of each of its bands.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from wellness_journey.errors import UsageError
from wellness_journey.rules.shapes import NAME, Schema, misshape
from wellness_journey.rules.variables import FILE, variables

SEED = "dbt_project/seeds/ref_instruments.csv"
BANDS = "dbt_project/seeds/ref_severity_bands.csv"
_INSTRUMENTS: Schema = {
    "told": "instruments: expected a list, each with name, session_type and column",
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["name", "session_type", "column"],
        "additionalProperties": False,
        "properties": {
            "name": NAME,
            "session_type": NAME,
            "column": {
                "told": "instruments: column {1} is not small letters, digits and _, up to 40",
                "type": "string",
                "pattern": r"^[a-z][a-z0-9_]{0,39}$",
            },
        },
    },
}


@dataclass(frozen=True)
class Instrument:
    """One instrument: the code of its rows, the column of its score, its range.

    `remission_score` is the highest score that is a remission (of an instrument on which lower is
    better), None where none is defined. `place` is that of its row in ref_instruments.
    """

    name: str
    session_type: str
    column: str
    lowest: int
    highest: int
    is_higher_better: bool
    remission_score: int | None
    place: int
    bands: tuple[str, ...]


@dataclass(frozen=True)
class Instruments:
    """The list of this checkout, and the one that its files are written for."""

    known: tuple[Instrument, ...]
    written_for: tuple[Instrument, ...]


def bands(of: Iterable[Instrument]) -> list[str]:
    """The severity bands that these instruments have, each once."""
    return [*dict.fromkeys(band for one in of for band in one.bands)]


def read(root: Path) -> Instruments:
    """The instruments of `root`.

    Raises:
        UsageError: the list is not as it must be, or one has no row in ref_instruments.
    """
    found = variables(root)
    rows = {
        row["instrument"]: {**row, "place": str(place)}
        for place, row in enumerate(_seed(root, SEED, "instrument"))
    }
    bands_of: dict[str, list[str]] = defaultdict(list)
    for row in _seed(root, BANDS, "instrument", "band"):
        bands_of[row["instrument"]].append(row["band"])
    lists = []
    for variable in ("instruments", "default_instruments"):
        given: Any = found.get(variable)
        if told := misshape(given, _INSTRUMENTS):
            raise UsageError(f"{FILE}: {told}")
        lists.append(given)
    known = tuple(_instrument(one, rows, bands_of[one["name"]]) for one in lists[0])
    for attribute in ("name", "session_type", "column"):
        if len({getattr(one, attribute) for one in known}) < len(known):
            raise UsageError(f"{FILE}: instruments: a {attribute} is there twice")
    default = tuple(
        Instrument(**one, bands=tuple(bands_of[one["name"]]), **_NO_RANGE) for one in lists[1]
    )
    return Instruments(known, default)


_NO_RANGE: dict[str, Any] = {
    "lowest": 0,
    "highest": 0,
    "is_higher_better": False,
    "remission_score": None,
    "place": 0,
}


def _seed(root: Path, name: str, *needed: str) -> list[dict[str, str]]:
    try:
        with (root / name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row, column in product(rows, needed):
            row[column]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise UsageError(f"{name}: cannot be read ({type(error).__name__})") from None
    return rows


def _instrument(
    given: dict[str, str], rows: dict[str, dict[str, str]], bands: list[str]
) -> Instrument:
    row = rows.get(given["name"])
    if row is None:
        raise UsageError(f"{FILE}: instruments: {given['name']} has no row in {SEED}: add one")
    try:
        return Instrument(
            **given,
            lowest=int(row["lowest_score"]),
            highest=int(row["highest_score"]),
            is_higher_better=row["is_higher_better"] == "true",
            remission_score=int(row["remission_score"]) if row["remission_score"] else None,
            place=int(row["place"]),
            bands=tuple(bands),
        )
    except (KeyError, ValueError):
        raise UsageError(
            f"{SEED}: {given['name']}: lowest_score, highest_score and remission_score must be "
            "whole numbers (the last may be empty)"
        ) from None
