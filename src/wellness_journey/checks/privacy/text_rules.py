"""What of a person's identifiers can be recognised in a text: patterns with few false alarms.

The tables' own guard (public.journey_identifier_in) has patterns too and is not asked: the
pipeline may not call it, and it stops at the first kind it finds. What the guard refuses fails
here: it came in while the guard was off. What the guard lets in only warns, because a text that
was logged can no longer be corrected. Names without a cue cannot be recognised.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

# Dashes and spaces that word processors put in, and what they stand for.
_TYPESET = "\u2010\u2011\u2012\u2013\u2014\u2212\u00a0\u2007\u2009\u202f", "------    "

# Digits that are a date, a span of hours or an amount are nobody's number.
_DATE = (
    r"([12][0-9]{3}[./-][01]?[0-9][./-][0-3]?[0-9]"
    r"|[0-3]?[0-9][./-][0-3]?[0-9][./-]([12][0-9]{3}|[0-9]{2}))(?![./-]?[0-9])"
)
_NOT_A_DATE = rf"(?!([0-9]{{1,3}} )?{_DATE}|[0-2][0-9][0-5][0-9]-[0-2][0-9][0-5][0-9](?!-?[0-9]))"
_NOT_AN_AMOUNT = r"(?![0-9]| ?-?(mg|mcg|[uµμ]g|ml|iu|kcal|steps?|m)\M)"
_DIGIT = "[0-9]"
_NUMBER = r"( ?((no|nr|num)\M[.:]?|(number|id)\M|#))"
_IS = r"[ :#.=-]*(is |was )?"
_MONTH = r"(jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*"


@dataclass(frozen=True)
class Kind:
    """One kind of identifier by regular expressions of PostgreSQL, and the rule against it.

    A text holds it when all expressions of one chain match. The first of a chain is quick and
    sorts most texts out; what looks ahead or for the ends of words is not.
    """

    rule_id: str
    chains: tuple[tuple[str, ...], ...]


KINDS = (
    Kind(
        "PH-011",
        (
            (
                r"[^[:space:][:punct:]][._%+-]*@([^[:space:][:punct:]]|-)+"
                r"(\.([^[:space:][:punct:]]|-)+)*\.[[:alpha:]]{2,}",
            ),
        ),
    ),
    Kind(
        "PH-012",
        (
            (
                r"[0-9]([ ()./-]*[0-9]){8}",
                # North America.
                r"(?i)(^|[^0-9])(\+?1[-. ]?)?"
                r"(\([2-9][0-9]{2}\)[-. ]{0,3}|[2-9][0-9]{2}( ?[-./] ?| ))"
                rf"[2-9][0-9]{{2}}( ?[-.] ?| )[0-9]{{4}}{_NOT_AN_AMOUNT}"
                # With a country code.
                rf"|(\+|\m00 ?){_NOT_A_DATE}[1-9]([ /-]?(\([0-9]{{1,5}}\)|[0-9])){{8,14}}"
                r"|(\+|\m00 ?)[1-9][0-9]{0,2}[ .](\(0\))?[0-9]{1,4}(\.[0-9]{2,4}){2,4}"
                # With a leading zero: 10 or 11 digits in two or three groups.
                r"|(^|[^0-9.,/+-])(?=\(?0([ ()/-]{0,2}[0-9]){9,10}(?![ /-]?[0-9]))"
                r"(\(0[1-9][0-9]{0,3}\)|0[1-9][0-9]{0,3})[ /-]?[0-9]{3,8}([ -][0-9]{3,8})?"
                rf"(?![ /-]?[0-9]){_NOT_AN_AMOUNT}",
            ),
            (
                r"[0-9]([ ()./-]*[0-9]){6}",
                r"(?i)tel|phone|mob|cell|landline|fax|whatsapp|sms",
                r"(?i)\m(tel|telephone|phone|mobile|mob|cell|cellphone|landline|fax|whatsapp|sms)\M"
                rf"[ :.#]*((no|nr|number)\M)?[ :.#=]*(is )?\+?\(?{_NOT_A_DATE}"
                r"([0-9]([ ()/-]{0,2}[0-9]){6,14}|[0-9]{1,4}(\.[0-9]{2,4}){2,5})"
                rf"(?![ ./-]?[0-9]){_NOT_AN_AMOUNT}",
            ),
        ),
    ),
    Kind(
        "PH-013",
        (
            (r"(^|[^0-9])[0-9]{3}-[0-9]{2}-[0-9]{4}($|[^0-9])",),
            (
                r"(?i)ssn|social security",
                r"(?i)\m(ssn|social security)( (no|number)\M)?[ :#.=]*(is )?"
                r"[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4}($|[^0-9])",
            ),
        ),
    ),
    Kind(
        "PH-014",
        (
            (
                r"[0-9]([ -]?[0-9]){3}",
                r"(?i)mrn|record|chart|patient|pt ?[n#i]|client|case|file|hospital|policy|member"
                r"|insurance|acc(oun)?t|nhs|medica(re|id)",
                r"(?i)\m(mrn(?![a-z])( ?(no|number)\M)?|(record|chart|patient|pt|client|case|file"
                r"|hospital|policy|member|insurance|account|acct|nhs|medicare|medicaid)"
                r" ?((no|nr|num)[.:#]|(number|id)\M|#))"
                rf"{_IS}{_NOT_A_DATE}[a-z]{{0,3}}-?[0-9]{{4,}}{_NOT_AN_AMOUNT}"
                # Without its dot, "no" may be the word: five digits at least, so no year.
                r"|\m(record|chart|patient|client|case|file|policy|member) (no|nr|num)\M"
                rf"{_IS}{_NOT_A_DATE}[a-z]{{0,3}}-?[0-9]{{5,}}{_NOT_AN_AMOUNT}"
                # In groups of digits.
                r"|\m(mrn(?![a-z])|medical record|nhs|medicare|medicaid|insurance|policy)"
                rf"( ?(no|nr|num|number|id)\M| ?#)?{_IS}{_NOT_A_DATE}"
                r"[a-z]{0,3}-?[0-9]([ -]?[0-9]){5,}",
            ),
        ),
    ),
    Kind(
        "PH-015",
        (
            (
                r"(?i)://|www\.|\.[a-z]{2,4}/",
                r"(?i)\m((https?|ftp)://|www\.)[[:alnum:]]"
                r"|\m[[:alnum:]-]+\.(com|org|net|info|io|me|uk|au|de|fr|ca|ie|nz)/[[:alnum:]@]",
            ),
        ),
    ),
    Kind(
        "PH-016",
        (
            (
                r"[0-9]\.[0-9]+\.[0-9]+\.[0-9]",
                r"(^|[^0-9.])((25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\.){3}"
                r"(25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})($|[^0-9.]|\.($|[^0-9]))",
            ),
            (
                r"[0-9A-Fa-f]:[0-9A-Fa-f]*:[0-9A-Fa-f]*:",
                r"(?i)\m([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\M|\m[0-9a-f]{1,4}(:[0-9a-f]{1,4}){1,6}::"
                r"|\m([0-9a-f]{2}:){5}[0-9a-f]{2}\M",
            ),
        ),
    ),
    # By its capitals: lower case says "2 hours on the road" as well.
    Kind(
        "PH-017",
        (
            (
                _DIGIT,
                r"Street|Avenue|Ave|Road|Rd|Lane|Drive|Boulevard|Blvd|Court|Crescent|Terrace"
                r"|Square|Place|Way",
                r"\m[0-9]{1,5}[A-Za-z]?,? "
                r"(?!(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\M)"
                r"([A-Z][A-Za-z'.-]* ){1,3}(Street|Avenue|Ave|Road|Rd|Lane|Drive|Boulevard|Blvd"
                r"|Court|Crescent|Terrace|Square|Place|Way)\M",
            ),
            (
                _DIGIT,
                r"[A-Z][a-zäöüß]+(stra(ß|ss)e|str\.|weg|gasse|platz|allee) [0-9]"
                r"|[Pp]\.?[Oo]\.? ?[Bb]ox [0-9]"
                # A state and its ZIP code.
                r"|, ?(A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]"
                r"|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]) [0-9]{5}($|[^0-9])"
                # A British postcode; its last letters leave out those of units.
                r"|(^|[^A-Za-z0-9])[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][ABD-HJLNP-UW-Z]{2}"
                r"($|[^A-Za-z0-9])",
            ),
        ),
    ),
    Kind(
        "PH-018",
        (
            (
                r"(?i)dob|d\.o\.b|birth|born|geb",
                r"(?i)(\m(dob|date of birth|birth ?date|born( on)?|geboren( am)?|geb)\M|\md\.o\.b)"
                rf"[ :.=]*(is |was )?({_DATE}"
                rf"|[0-3]?[0-9](st|nd|rd|th|\.)?( of)? {_MONTH} [12][0-9]{{3}}"
                rf"|{_MONTH}\.? [0-3]?[0-9](st|nd|rd|th)?,? [12][0-9]{{3}})",
            ),
        ),
    ),
    Kind(
        "PH-019",
        (
            (
                _DIGIT,
                r"(^|[^0-9.,])[0-9]{9,}($|[^0-9])"
                r"|(^|[^0-9])[3-6][0-9]{3}([ -][0-9]{4}){3}($|[^0-9])"
                r"|(^|[^A-Za-z0-9])[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4}( ?[0-9]{4}){2}",
            ),
        ),
    ),
    Kind(
        "PH-020",
        (
            (
                r"(^|[^A-Za-z])(Mr|Mrs|Ms|Mx|Dr|Prof|Mme|Herr|Frau)(\. ?| )[A-Z][A-Za-z'-]"
                r"|[Nn]ame( is|:) [A-Z][a-z]",
            ),
        ),
    ),
    Kind(
        "PH-021",
        (
            (
                _DIGIT,
                r"(?i)passport|national|id card|tax|licen[cs]e|plate|vin|serial|imei|device|implant"
                r"|pacemaker",
                r"(?i)\m(passport|national (id|insurance)|id card|tax (id|number|no)"
                r"|licen[cs]e( plate)?|number plate|serial|imei|device|pacemaker|implant)\M"
                rf"({_NUMBER}|{_NUMBER}?[:=])? ?(is |was )?{_NOT_A_DATE}"
                r"(?=[a-z-]{0,4}([0-9][a-z-]{0,2}){4})[a-z]{0,3}-?[0-9][a-z0-9-]{4,}\M"
                r"|\mvin\M[ :#.]*[a-hj-npr-z0-9]{17}\M",
            ),
        ),
    ),
    Kind(
        "PH-022",
        (
            (
                "@[A-Za-z0-9_]{3}",
                r"(?i)\m(instagram|insta|tiktok|twitter|facebook|telegram|snapchat|discord|skype"
                r"|reddit)\M[^@\n]{0,20}@[a-z0-9_]{3}",
            ),
        ),
    ),
    Kind(
        "PH-023",
        (
            (
                _DIGIT,
                r"(?i)(^|[^0-9.,-])(9[0-9]|1[01][0-9])[ -]?(years?[ -]old|y/?o($|[^a-z]))"
                r"|(^|[^a-z])aged? (of )?(9[0-9]|1[01][0-9])($|[^0-9a-z.,%]|[.,]($|[^0-9]))",
            ),
        ),
    ),
)


def finds(kind: Kind, text: sql.Composable) -> sql.Composed:
    """The condition that `kind` is found in `text`, which is `plain`."""
    chains = [
        sql.SQL(" and ").join(sql.SQL("{} ~ {}").format(text, sql.Literal(p)) for p in chain)
        for chain in kind.chains
    ]
    return sql.SQL("({})").format(sql.SQL(" or ").join(chains))


def plain(column: sql.Composable) -> sql.Composed:
    """`column` as the patterns read it: in simple signs, by the same letters on every server."""
    signs = map(sql.Literal, _TYPESET)
    return sql.SQL('translate({}::text collate "C", {})').format(column, sql.SQL(", ").join(signs))
