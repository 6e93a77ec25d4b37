"""How the values of a column are most likely written, for `--describe`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from wellness_journey.intake.days import declared_day, declared_time, fault_of_format
from wellness_journey.intake.guesses import date_formats
from wellness_journey.intake.known_columns import Known
from wellness_journey.intake.reasons import Fault, is_missing_code
from wellness_journey.intake.sources import Spelling
from wellness_journey.intake.values import Column, Zoneless, converter

_TRUE = {
    *("true", "t", "1", "1.0", "yes", "y", "on", "ja", "j", "oui", "o", "si", "s\u00ed", "s"),
    *("wahr", "vrai", "verdadero", "checked", "x"),
}
_FALSE = {
    *("false", "f", "0", "0.0", "no", "n", "off", "nein", "non", "nee"),
    *("falsch", "faux", "falso", "unchecked"),
}
_TYPES = {"date": "date", "timestamp": "datetime", "integer": "integer", "boolean": "boolean"}
# Numbers that stand for no value in a column that cannot have them.
_CODE = re.compile(r"(-?(?:7+|8+|9+)|-1)(?:\.0+)?")
_ZEROS = re.compile(r"0+([-/. :]0+)+")
_SERIAL = re.compile(r"[1-9][0-9]{4}(\.[0-9]+)?")
_NUMBERS = (
    Spelling(),
    Spelling(decimal_char=","),
    Spelling(decimal_char=",", group_char="."),
    Spelling(group_char=","),
    Spelling(decimal_char=",", group_char=" "),
    Spelling(decimal_char=",", group_char="\u00a0"),
    Spelling(group_char="'"),
)
_ANY_NUMBER = Known("number")


@dataclass
class Values:
    """The cells of a column that have a value, without outer spaces, each with how often it is.

    `cells` are those that the file itself types: dates, numbers and booleans of a spreadsheet.
    """

    texts: Counter[str] = field(default_factory=Counter)
    cells: Counter[str] = field(default_factory=Counter)


@dataclass
class Guess:
    """Properties of a field of datapackage.json, and what a person must check in words."""

    properties: dict[str, object]
    checks: list[str]


def guess(known: Known, values: Values) -> Guess:
    """How a column is written, as far as its values show it. No value is told but codes."""
    if known.kind not in ("date", "timestamp", "integer", "boolean", "key"):
        return Guess({"type": "string"}, [])
    missing = _missing(known, values)
    texts = Counter({text: n for text, n in values.texts.items() if text not in missing})
    made = Guess({"type": _TYPES.get(known.kind, "string")}, [])
    spelling = Spelling()
    if known.kind in ("date", "timestamp"):
        spelling = _dates(known, texts, made)
    elif known.kind == "integer":
        spelling = _integers(known, texts, made)
    elif known.kind == "boolean":
        spelling = _booleans(texts, made)
    if missing:
        made.properties["missingValues"] = ["", *missing]
        made.checks.append(f"taken as no value: {_listed(missing)}")
    _say_rest(known, spelling, texts, values.cells.keys() - set(missing), made)
    return made


def rejected(known: Known, spelling: Spelling, texts: Iterable[str]) -> set[str]:
    """The values that `load` would reject."""
    convert = converter(Column("", known.kind), spelling)
    return {text for text in texts if isinstance(convert(text), Fault)}


def _missing(known: Known, values: Values) -> list[str]:
    wrong = rejected(known, Spelling(), values.texts)
    codes = {text for text in wrong if is_missing_code(text)}
    if known.kind in ("date", "timestamp"):
        codes |= {text for text in wrong if _ZEROS.fullmatch(text) or _CODE.fullmatch(text)}
    if known.kind == "boolean":
        codes |= {text for text in wrong if _CODE.fullmatch(text)}
    if known.kind == "integer" and known.bounds:
        low, high = known.bounds
        codes |= {
            text
            for text in (*values.texts, *values.cells)
            if (code := _CODE.fullmatch(text)) and not low <= int(code[1]) <= high
        }
    return sorted(codes)


def _dates(known: Known, texts: Counter[str], made: Guess) -> Spelling:
    read = declared_day if known.kind == "date" else declared_time
    wrong = rejected(known, Spelling(), texts)
    iso = sum(n for text, n in texts.items() if text not in wrong)
    fitting: Counter[str] = Counter()
    for text in texts:
        if text in wrong:
            for written_as in date_formats(text):
                if not fault_of_format(written_as) and read(written_as)(text):
                    fitting[written_as] += texts[text]
    most = max(fitting.values(), default=0)
    if most <= iso:
        return Spelling()
    chosen = next(written_as for written_as, count in fitting.items() if count == most)
    made.properties["format"] = chosen
    made.checks += _evidence(chosen, fitting)
    return Spelling(date_format=chosen)


def _evidence(chosen: str, fitting: Counter[str]) -> list[str]:
    """How much speaks for the order of day, month and year that was chosen."""
    told = []
    for other, count in fitting.items():
        # Abbreviated and full names of months are the same in May.
        if re.sub("%[Bb]", "", other) == re.sub("%[Bb]", "", chosen):
            continue
        short = fitting[chosen] - count
        if short:
            told.append(f"written {chosen}; {other} would not read {short:,} of the values")
        else:
            told.append(
                f"all values fit {chosen} as well as {other}: the file does not settle the order "
                f"of day and month, and {chosen} is a guess"
            )
    return told


def _integers(known: Known, texts: Counter[str], made: Guess) -> Spelling:
    # A fraction is no whole number however it is written, but it shows how numbers are written.
    wrong = [
        (len(rejected(known, spelling, texts)), len(rejected(_ANY_NUMBER, spelling, texts)))
        for spelling in _NUMBERS
    ]
    least = min(wrong)
    best = [spelling for spelling, count in zip(_NUMBERS, wrong, strict=True) if count == least]
    spelling = best[0]
    if spelling == Spelling():
        return spelling
    made.properties["type"] = "number"
    if spelling.decimal_char != ".":
        made.properties["decimalChar"] = spelling.decimal_char
    if spelling.group_char:
        made.properties["groupChar"] = spelling.group_char
    if any(_read(known, spelling, texts) != _read(known, other, texts) for other in best[1:]):
        made.checks.append("a comma can set the fraction or thousands apart; the first is a guess")
    return spelling


def _read(known: Known, spelling: Spelling, texts: Iterable[str]) -> list[str | None]:
    convert = converter(Column("", known.kind), spelling)
    return [None if isinstance(found := convert(text), Fault) else found for text in texts]


def _booleans(texts: Counter[str], made: Guess) -> Spelling:
    if not rejected(Known("boolean"), Spelling(), texts):
        return Spelling()
    true = sorted(text for text in texts if text.lower() in _TRUE)
    false = sorted(text for text in texts if text.lower() in _FALSE)
    if not true and not false:
        return Spelling()
    made.properties["trueValues"] = true or ["true"]
    made.properties["falseValues"] = false or ["false"]
    told = f"{_listed(true or ['nothing'])} is true, {_listed(false or ['nothing'])} is false"
    made.checks.append(told)
    return Spelling(
        true_values=frozenset(true or ["true"]), false_values=frozenset(false or ["false"])
    )


def _say_rest(
    known: Known, spelling: Spelling, texts: Counter[str], cells: Iterable[str], made: Guess
) -> None:
    """Say how many values `load` would reject, and what may be behind it."""
    convert = converter(Column("", known.kind), spelling)
    zoneless = known.kind == "timestamp" and any(
        isinstance(convert(text), Zoneless) for text in (*texts, *cells)
    )
    if zoneless:
        made.checks.append("times without a zone are taken as UTC")
    wrong = rejected(known, spelling, texts)
    count = sum(texts[text] for text in wrong)
    if not count:
        return
    told = f"load would reject {count:,} of {texts.total():,} values"
    if known.kind in ("date", "timestamp"):
        if all(_SERIAL.fullmatch(text) for text in wrong):
            told += " (serial numbers of a spreadsheet: show the column as dates, and save anew)"
        elif "format" in made.properties:
            told += ", which are not written as most"
        else:
            told += " (no format fits; the names of months must be English)"
    elif known.kind == "integer" and not rejected(_ANY_NUMBER, spelling, wrong):
        told += " (they have a fraction, and the column is of whole numbers)"
    elif known.kind == "key":
        told += " (a key is a UUID, grouped 8-4-4-4-12)"
    made.checks.append(told)


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(f"`{text}`" for text in texts)
