"""A text as the rules of free text read it: one spelling, in plain letters, on every server.

The tables' own guard does the same by the same SQL, which a test compares.
"""

from __future__ import annotations

from psycopg import sql

# What is left out: marks of letters, and what has no width.
_UNSEEN = (
    r"[\u0300-\u036f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    r"\ufe00-\ufe0f\ufeff]"
)
# Signs that stand for a plain one: spaces and line breaks, dashes, dots, stars, quotation marks.
_SIGNS = {
    " ": "\t\n\v\f\r\u0085\u2028\u2029",
    "-": "\u00ac\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u301c\u30fc",
    ".": "\u00b7\u2022\u2219\u2027\u22c5\u3002\u30fb",
    "*": "\u2217\u204e\u2731",
    "x": "\u00d7",
    "'": "\u2018\u2019\u02bc\u2032",
    "/": "\u2044\u2215",
    "u": "\u03bc",
    "o": "\u00f8",
    "O": "\u00d8",
}
_ENTITIES = {
    "&commat;": "@",
    "&period;": ".",
    "&lowbar;": "_",
    "&hyphen;": "-",
    "&dash;": "-",
    "&ndash;": "-",
    "&mdash;": "-",
    "&plus;": "+",
    "&sol;": "/",
    "&colon;": ":",
    "&ast;": "*",
    "&num;": "#",
    "&lpar;": "(",
    "&rpar;": ")",
    "&lsqb;": "[",
    "&rsqb;": "]",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&apos;": "'",
    "&nbsp;": " ",
    "&ensp;": " ",
    "&emsp;": " ",
    "&thinsp;": " ",
    "&tab;": " ",
    "&newline;": " ",
    "&shy;": "",
    "&szlig;": "ss",
}
_ESCAPED = r"&(#|[A-Za-z]+;)|%[0-9A-Fa-f]{2}"
# After a digit, two digits behind a percent sign are another share: 20%30%40%.
_PIECES = (
    r"&#[0-9]{1,5};?|&#[xX][0-9A-Fa-f]{1,4};?|&[A-Za-z]+;"
    r"|%20|(?<![0-9])%[0-9]{2}|%[0-9][A-Fa-f]|%[A-Fa-f][0-9A-Fa-f]|[^&%]+|[&%]"
)

# Fewer, or farther apart, are no number of anybody.
_SOME_DIGITS = r"[0-9][^0-9]{0,4}[0-9][^0-9]{0,4}[0-9][^0-9]{0,4}[0-9]"
# Numbers that are nobody's: amounts with their unit; dates, times of day and spans of hours.
_UNIT = (
    r"(%|(mg|mcg|ug|ml|iu|ie|ui|kcal|cal|steps?|schritten?|pas|pasos|km|min|bpm|euros?|eur|usd"
    r"|dollars?)\M)"
)
_AMOUNTS = rf"[0-9]+([.,/x*+>-][0-9]+)* ?-?{_UNIT}"
_DAY, _MONTH = "(0?[1-9]|[12][0-9]|3[01])", "(0?[1-9]|1[0-2])"
DATE = (
    rf"([12][0-9]{{3}}[./-]{_MONTH}[./-]{_DAY}"
    rf"|({_DAY}[./-]{_MONTH}|{_MONTH}[./-]{_DAY})[./-]([12][0-9]{{3}}|[0-9]{{2}}))(?![./-]?[0-9])"
)
_DAYS_AND_HOURS = (
    rf"(?<![0-9][./-]?){DATE}(T[0-9:]+)?"
    r"|(?<![0-9.:])([01]?[0-9]|2[0-4])[.:h][0-5][0-9](:[0-5][0-9])?(?![0-9]|[.:/][0-9])"
    r"|(?<![0-9] ?)([01][0-9]|2[0-3])[0-5][0-9] ?- ?([01][0-9]|2[0-3])[0-5][0-9](?![ -]?[0-9])"
)


def plain(text: sql.Composable) -> sql.Composed:
    """`text` without escapes, in the letters, digits and signs of ASCII where Unicode has such.

    A few spaces or line breaks in a row are one space.
    """
    return sql.SQL(_PLAIN).format(
        decoded=_decoded(text),
        unseen=sql.Literal(_UNSEEN),
        sharp_s=_by_code("\u00df"),
        signs=_by_code("".join(_SIGNS.values())),
        plain=sql.Literal("".join(sign * len(some) for sign, some in _SIGNS.items())),
    )


_PLAIN = """replace(
        replace(
            translate(
                replace(
                    regexp_replace(
                        normalize({decoded}, NFKD),
                        {unseen}, '', 'g'
                    ),
                    {sharp_s}, 'ss'
                ),
                {signs},
                {plain}
            ),
            '  ', ' '
        ),
        '  ', ' '
    ) collate "C\""""


def numbers(plain_text: sql.Composable) -> sql.Composed:
    """`plain_text` with a ~ for each date, time and amount; nothing where it has few digits."""
    return sql.SQL(_NUMBERS).format(
        text=plain_text,
        some=sql.Literal(_SOME_DIGITS),
        amounts=sql.Literal(_AMOUNTS),
        days=sql.Literal(_DAYS_AND_HOURS),
    )


_NUMBERS = """case when {text} ~ {some}
        then regexp_replace(
            regexp_replace(
                {text},
                {amounts}, '~', 'gi'
            ),
            {days}, '~', 'gi'
        )
        else '' end"""


def _decoded(text: sql.Composable) -> sql.Composed:
    """`text` with the signs that HTML or a web address escaped; most texts are left as they are."""
    return sql.SQL(_DECODED).format(
        text=text,
        escaped=sql.Literal(_ESCAPED),
        pieces=sql.Literal(_PIECES),
        entities=sql.SQL(", ").join(
            sql.SQL("({}, {})").format(sql.Literal(name), sql.Literal(sign))
            for name, sign in _ENTITIES.items()
        ),
    )


_DECODED = """case when {text} ~ {escaped} then (
            select string_agg(
                case
                    when code between 1 and 55295 or code between 57344 and 65533 then chr(code)
                    else coalesce(sign, piece)
                end,
                '' order by place
            )
            from regexp_matches(
                replace({text}, '&amp;', '&'),
                {pieces}, 'g'
            ) with ordinality as found (pieces, place)
            cross join lateral (select pieces[1] as piece) as one
            cross join lateral (
                select case
                    when piece ilike '&#x%'
                        then ('x' || lpad(rtrim(substr(piece, 4), ';'), 8, '0'))::bit(32)::integer
                    when piece like '&#%' then rtrim(substr(piece, 3), ';')::integer
                    when piece like '~%__' escape '~'
                        then ('x' || substr(piece, 2))::bit(8)::integer
                end as code
            ) as coded
            left join (values {entities}) as entities (name, sign)
                on name = lower(piece)
        ) else {text} end"""


def _by_code(signs: str) -> sql.SQL:
    """A literal that no editor spoils."""
    return sql.SQL("E'" + "".join(f"\\u{ord(sign):04x}" for sign in signs) + "'")
