"""Spellings of values as files have them: right ones, near misses, and what no reader may guess.

All are invented. `spellings` yields them for a kind of column, the same ones in every run.
"""

# ruff: noqa: RUF001 (characters that look like others are what this is about)

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import product
from random import Random
from uuid import UUID

from reference_values import Kind

WANTED: dict[Kind, int] = {
    "date": 800,
    "timestamp": 900,
    "integer": 600,
    "boolean": 300,
    "key": 400,
    "code": 120,
    "text": 260,
}

# No-break, thin, full-width and zero-width spaces, a byte-order mark, and what Python strips.
ODD_SPACES = "\t\n\r\v\f\x1c\x85\u00a0\u2009\u2028\u3000\u200b\ufeff"
FOREIGN_DIGITS = ("٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
NASTY = (
    *" /.-:TtZz+_,'eExN0195",
    *ODD_SPACES,
    *"−–²½٣９ſ",
)
MISSING = (
    "", " ", "   ", "NA", "N/A", "n/a", "na", ".", "..", "-", "--", "-99", "-9", "99", "999",
    "NULL", "null", "Null", "\\N", "nan", "NaN", "NAN", "-nan", "None", "none", "NaT", "<NA>",
    "#N/A", "#REF!", "#VALUE!", "#NULL!", "?", "inf", "-inf", "Infinity", "infinity",
    "-infinity", "missing", "unknown", "nil", "undefined", "TBD", "*", "''", '""', '"',
    "0000-00-00", "()", "[]", "{}",
)  # fmt: skip  # hundreds of lines otherwise
# What PostgreSQL, pandas or Excel would take for a day.
NO_DATES = (
    "3/5/26", "3/1/26", "03/05/2026", "3/5/2026", "5.3.2026", "05.03.2026", "05.03.26",
    "5-Mar-26", "25-Mar-26", "1-Mar-26", "05-Mar-2026", "05-MAR-2026", "Mar 5, 2026",
    "March 5, 2026", "5 March 2026", "2026-Mar-05", "2026-March-05", "2026/03/05", "2026.03.05",
    "2026 03 05", "2026_03_05", "20260305", "20260305T211000", "260305", "26-03-05", "2026-3-5",
    "2026-03-5", "2026-3-05", "2026-03", "2026", "2026-05-03-01", "05-03-2026", "03-05-2026",
    "2026-05", "2026-W10-4", "2026W104", "2026-W10", "2026-064", "2026064", "2026.064",
    "J2451187", "J2461105", "2461105", "46086", "46086.0", "44927.5", "today", "now", "tomorrow",
    "yesterday", "epoch", "allballs", "infinity", "-infinity", "TODAY", "0044-03-15 BC",
    "44-03-15 BC", "2026-03-05 BC", "2026-03-05 AD", "-2026-03-05", "+2026-03-05", "12026-03-05",
    "02026-03-05", "0000-01-01", "0000-00-00", "2026-00-05", "2026-03-00", "2026-02-29",
    "2024-02-30", "1900-02-29", "2100-02-29", "2023-02-29", "2026-02-30", "2026-04-31",
    "2026-06-31", "2026-09-31", "2026-11-31", "2026-13-01", "2026-05-32", "2026-31-12",
    "Thu 2026-03-05", "Thursday", "2026-03-05 Thu", "2026-03-05.", "2026-03-05,", "2026-03-05T",
    "2026-03-05Z", "2026-03-05+01:00", "2026-03-05+01", "2026-03-05T2110", "2026-03-05T21",
    "2026-03-05 21", "2026-03-05 9:10", "2026-03-05 21:1", "2026-03-05 24:00",
    "2026-03-05 24:00:00", "2026-03-05 23:60", "2026-03-05 23:59:60", "2026-03-05  21:10",
    "2026-03-05t21:10", "2026-03-05T21:10z", "2026-03-05\t21:10", "2026-03-05_21:10",
    "2026-03-05T 21:10", "2026-03-05 21:10 CET", "2026-03-05 21:10 UTC",
    "2026-03-05 21:10 EST5EDT", "2026-03-05 21:10 PST", "2026-03-05 21:10 Europe/Berlin",
    "2026-03-05 21:10+01:00[Europe/Paris]", "2026-03-05 21:10 +01:00", "2026-03-05 21:10 Z",
    "2026-03-05 21:10 AM", "2026-03-05 09:10 PM", "2026-03-05 9:10 pm", "2026-03-05 21:10:05,5",
    "2026-03-05 21:10:05.", "2026-03-05 21:10:05.1234567", "2026-03-05 21:10.5",
    "2026-03-05 21.10", "2026-03-05 21-10", "2026-03-05 21:10+1", "2026-03-05 21:10+16",
    "2026-03-05 21:10+16:00", "2026-03-05 21:10+1:00", "2026-03-05 21:10+01:60",
    "2026-03-05 21:10+01:0", "2026-03-05 21:10+010", "2026-03-05 21:10+01:00:00",
    "2026-03-05 21:10+01:00:30", "2026-03-05 21:10−01:00", "2026-03-05 21:10--01",
    "2026-03-05 21:10+-1", "2026-03-05 21:10+", "2026-03-05 211000", "20260305 21:10",
    "2026-064T21:10", "2026-W10-4T21:10", "2026-03-05 allballs", "1772745000", "1772745000000",
    "Thu Mar 05 21:10:00 2026", "Thu, 05 Mar 2026 21:10:00 GMT", "2026年3月5日", "５ March 2026",
    "'2026-03-05", '"2026-03-05"', "=2026-03-05", "2026-03-05'", "{d '2026-03-05'}",
    "date '2026-03-05'", "P1D", "2026-03-05/2026-03-06", "21:10", "21:10:00",
)  # fmt: skip  # hundreds of lines otherwise
NO_INTEGERS = (
    "5.5", "5,0", "5,", "1e1", "1E0", "5e0", "1_000", "1,000", "1.000,0", "1 000", "0x5", "0o5",
    "0b1", "0b11", "five", "V", "+", "-", "+-5", "--5", "- 5", "+ 5", "5-", "5+", "(5)", "$5",
    "5%", "1/2", "½", ".5", ".0", ".", "5..", "5.0.", "5.01", "5.0e0", "5f", "5L", "5d", "5;",
    "true", "t", "NaN", "inf", "1234567890", "2147483648", "9999999999", "1000000000",
    "1234567890.0", "99999999999999999999", "４", "٤", "४", "𝟒", "²", "−1", "–1", "4️⃣", "Ⅳ", "四",
    "IV", "4th", "4/5", "4 of 5", "4 5", "'4", '"4"', "=4", "4'", "~4", ">4", "<=4", "4?", "4*",
    "4 (good)", "-0x1", "0x1p2", "1d", "00x4",
)  # fmt: skip  # hundreds of lines otherwise
NO_BOOLEANS = (
    "yes", "Yes", "YES", "y", "Y", "no", "No", "NO", "n", "N", "on", "ON", "off", "OFF", "of",
    "o", "tr", "tru", "TRU", "fa", "fal", "fals", "ye", "2", "-1", "-0", "+1", "1.0", "0.0",
    "1.", "0.", "01", "00", "10", "11", "x", "X", "✓", "✔", "✗", "ja", "nein", "oui", "non",
    "si", "wahr", "falsch", "vrai", "truee", "ttrue", "falsee", "true.", "t.", "true false",
    "truefalse", "true,", "'true'", '"true"', "=TRUE()", "TRUE()", ".T.", ".F.", ".true.", "#t",
    "ｔｒｕｅ", "falſe", "ꓔrue", "tгue", "１", "０", "١", "not true", "!0", "done", "completed",
    "1e0", "0x1", "b1",
)  # fmt: skip  # hundreds of lines otherwise


def all_cases(word: str) -> list[str]:
    """The word with every choice of upper and lower case."""
    return ["".join(letters) for letters in product(*((c.lower(), c.upper()) for c in word))]


def mutated(random: Random, text: str) -> str:
    """The text with one small mistake that a person, a spreadsheet or a script makes."""
    place = random.randrange(len(text) + 1)
    before, after = text[:place], text[place:]
    nasty = random.choice(NASTY)
    match random.randrange(9):
        case 0:
            return before + nasty + after
        case 1:
            return before + nasty + after[1:]
        case 2:
            return before + after[1:]
        case 3:
            return before + after[:1] + after
        case 4:
            return before + after[1:2] + after[:1] + after[2:]
        case 5:
            return before + random.choice("0123456789") + after[1:]
        case 6:
            foreign = str.maketrans("0123456789", random.choice(FOREIGN_DIGITS))
            return text.translate(foreign) if place % 2 else before + after.translate(foreign)
        case 7:
            return random.choice([nasty + text, text + nasty])
        case _:
            return surrounded(random, text)


def surrounded(random: Random, text: str) -> str:
    return " " * random.randrange(3) + text + " " * random.randrange(1, 3)


def iso_day(random: Random) -> str:
    year = random.choice([random.randint(1900, 2024), random.randint(2018, 2024)])
    return f"{year}-{random.randint(1, 12):02}-{random.randint(1, 31):02}"


def iso_time(random: Random) -> str:
    time = f"{random.randint(0, 24):02}:{random.randint(0, 60):02}"
    if random.random() < 0.7:
        time += f":{random.randint(0, 60):02}"
        if random.random() < 0.6:
            time += "." + "".join(random.choices("0123456789", k=random.randint(1, 7)))
    return time


def iso_zone(random: Random) -> str:
    sign, hours = random.choice("+-"), f"{random.randint(0, 16):02}"
    minutes = random.choice(["00", "30", "45", "59", "60"])
    return random.choice(
        ["", "", "Z", sign + hours, sign + hours + minutes, f"{sign}{hours}:{minutes}"]
    )


def iso_moment(random: Random) -> str:
    return iso_day(random) + random.choice("T ") + iso_time(random) + iso_zone(random)


def integer(random: Random) -> str:
    size = random.choice([6, 6, 30, 2**31])
    digits = str(random.randint(0, size))
    sign = random.choice(["", "", "", "+", "-"])
    fraction = random.choice(["", "", "", ".", ".0", ".00", ".5"])
    return sign + "0" * random.choice([0, 0, 0, 1, 2, 12]) + digits + fraction


def key_spellings(random: Random, key: UUID) -> Iterator[str]:
    """Ways to write one key: the first ones are keys to everybody, most to a lenient reader."""
    text, digits = str(key), key.hex
    yield from (text, text.upper(), surrounded(random, text))
    yield "".join(random.choice([c.lower(), c.upper()]) for c in text)
    yield from (digits, digits.upper(), f"{{{text}}}", f"({text})", f"urn:uuid:{text}", f'"{text}"')
    yield "-".join(digits[place : place + 4] for place in range(0, 32, 4))
    yield "-".join((digits[:4], digits[4:12], digits[12:16], digits[16:20], digits[20:]))
    yield from (text.replace("-", ""), text.replace("-", "_"), text.replace("-", " "))
    yield from (text.replace("-", "–"), text.replace("-", "", 1), "0x" + digits, str(key.int))
    yield from (text[:-1], text + "0", text[:-1] + "g", f"{text},", f"{{{digits}}}")
    yield f"{text}\u200b"
    yield f"{text[:8]}-{text}"
    yield text[:35] + "１"
    yield text.translate(str.maketrans("0123456789", FOREIGN_DIGITS[2]))


def _keys(random: Random) -> Iterator[str]:
    yield "6F9619FF-8B86-D011-B42D-00CF4FC964FF"
    while True:
        key = UUID(int=random.getrandbits(128))
        yield random.choice(list(key_spellings(random, key)))
        # Each of its own: two rows of one key would be about something else.
        yield mutated(random, str(UUID(int=random.getrandbits(128))))


def _of(random: Random, curated: Iterable[str], *makers: Callable[[Random], str]) -> Iterator[str]:
    """The curated ones, then made ones: as they are, and with a mistake or two."""
    kept = list(curated)
    yield from kept
    while True:
        made = random.choice(makers)(random)
        yield made
        yield mutated(random, made)
        yield mutated(random, mutated(random, made))
        yield mutated(random, random.choice(kept))


def _curated(kind: Kind) -> list[str]:
    if kind in ("date", "timestamp"):
        return [
            *("2026-03-05", "2026-03-05 23:10", "2026-03-05T23:10:00-05:00", "2024-02-29"),
            *("2026-03-05T21:10:00Z", "2026-03-05 21:10:05.123456+01:00", "2000-02-29"),
            *(
                "0001-01-01",
                "0999-12-31",
                "1000-01-01",
                "9999-12-31",
                "1899-12-31",
                "1900-01-01",
                "2200-01-01",
            ),
            *("2020-01-01 00:00+15:59", "2020-12-31 23:59-15:59", "2020-01-01T00:00-0000"),
            *("1000-01-01 00:00+15:59", "9999-12-31 23:59:59.999999-15"),
            *("1900-02-28", "2020-06-01 00:00:00.000001"),
            *NO_DATES,
        ]
    if kind == "integer":
        return ["5", "+5", "-1", "05", "5.0", "5.", "-0", "0.0", "000", "123456789", *NO_INTEGERS]
    if kind == "boolean":
        words = [case for word in ("true", "false", "t", "f") for case in all_cases(word)]
        return [*words, "1", "0", *(f" {word}  " for word in words), *NO_BOOLEANS]
    return []


PHRASES = (
    "slept well", "NA", "  NA  ", "NULL", "nan", "-99", ".", "true", "today", "infinity", "\\N",
    "\\.", "two  spaces", " leading", "trailing ", "\ttab", "tab\t", "line\nbreak",
    "line\r\nbreak", "\nfirst", "last\n", 'quo"ted', '"all"', "comma, semicolon; pipe|", "it's",
    "back\\slash", "Zürich", "naïve café", "日本語", "emoji 🙂", "e\u0301 combined", "é composed",
    "no\xa0break", "\xa0outer\xa0", "zero\u200bwidth", "\ufeffmark", "right \u200fto left",
    "\u2028line", "bell \x07", "\x1a", "\x7f", "{}", "$1", "%s", "{{ x }}", "<b>", "--",
    "/* x */", "=1+1", "+1", "@x", "''", "0", "5.0", "2026-03-05",
)  # fmt: skip  # hundreds of lines otherwise


def phrase(random: Random) -> str:
    return random.choice(["", " ", ", "]).join(random.choices(PHRASES, k=random.randint(1, 3)))


def with_nul(random: Random) -> str:
    text = phrase(random)
    place = random.randrange(len(text) + 1)
    return f"{text[:place]}\0{text[place:]}"


CODES = ("RELATIONSHIP", "HABIT", "EMPLOYMENT", "HEALTH", "SOCIAL", "CREATIVE", "OTHER")


def code(random: Random) -> str:
    word = random.choice(CODES)
    return random.choice([word, surrounded(random, word), f"  {word}", word.lower(), f"{word}\0"])


def _candidates(kind: Kind, random: Random) -> Iterator[str]:
    curated = _curated(kind)
    match kind:
        case "date":
            return _of(random, [*curated, *MISSING], iso_day, iso_day, iso_moment)
        case "timestamp":
            return _of(random, [*curated, *MISSING], iso_moment, iso_moment, iso_day)
        case "integer":
            return _of(random, [*curated, *MISSING], integer)
        case "boolean":
            return _of(random, [*curated, *MISSING], lambda random: random.choice(curated[:54]))
        case "key":
            return _keys(random)
        case "code":
            return _of(random, [*CODES, *MISSING], code)
        case "text":
            return _of(random, [*PHRASES, *MISSING], phrase, with_nul)


@cache
def spellings(kind: Kind) -> tuple[str, ...]:
    """Distinct spellings for a column of this kind, always the same ones."""
    found: dict[str, None] = {}
    for candidate in _candidates(kind, Random(f"spellings of {kind}")):
        found[candidate] = None
        if len(found) == WANTED[kind]:
            return tuple(found)
    raise AssertionError("the candidates do not end")
