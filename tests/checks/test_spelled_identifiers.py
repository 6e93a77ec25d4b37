"""Random spellings of identifiers: whatever the separators, widths, cases, each is found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from database import Connection
from nightly import examples
from texts import ALLOWED, BY_ID, found

SPACES = (" ", "\N{NO-BREAK SPACE}", "\N{THIN SPACE}", "\n", "\r\n", "\t")
DASHES = ("-", "\N{EN DASH}", "\N{NON-BREAKING HYPHEN}", "\N{MINUS SIGN}")
SIGNS_OF_MAIL = ("@", " @ ", "\N{FULLWIDTH COMMERCIAL AT}", "\N{SMALL COMMERCIAL AT}")
UNSEEN = ("\N{ZERO WIDTH SPACE}", "\N{SOFT HYPHEN}", "\N{WORD JOINER}", "\N{ZERO WIDTH JOINER}")

digit = st.sampled_from("123456789")
separator = st.sampled_from([" ", "-", ".", "*", " - ", " . "])


def filled(pattern: str, separators: st.SearchStrategy[str] = separator) -> st.SearchStrategy[str]:
    """`pattern` with a digit for each #, and one separator for every _."""

    def fill(digits: list[str], between: str) -> str:
        left = iter(digits)
        return "".join(
            next(left) if sign == "#" else between if sign == "_" else sign for sign in pattern
        )

    return st.builds(fill, st.lists(digit, min_size=20, max_size=20), separators)


light = st.sampled_from([" ", "-", "."])
bracketed = st.sampled_from(["({})", "[{}]", "{{{}}}", "<{}>", " ({}) ", " [{}] ", " {} "])
at = st.sampled_from(["at", "AT", "At", "arroba", "arobase"])
dot = st.sampled_from(["dot", "DOT", "Dot", "punto", "point", "punkt"])
hosts = st.sampled_from(["example", "quiet-river", "clinic1"])
ends = st.sampled_from(["org", "com", "de", "fr", "es", "co.uk", "net"])

mail = st.one_of(
    st.builds(
        "jane.doe{}{}.{}".format,
        st.sampled_from(["@", " @ ", "\N{FULLWIDTH COMMERCIAL AT}", "\N{SMALL COMMERCIAL AT}"]),
        hosts,
        ends,
    ),
    st.builds(
        lambda around, word, host, other, point, end: (
            f"jane.doe{around.format(word)}{host}{other.format(point)}{end}"
        ),
        *(bracketed, at, hosts, bracketed, dot, st.sampled_from(["org", "com", "de", "fr", "es"])),
    ),
)
identifier = st.one_of(
    st.tuples(st.just("PH-011"), mail),
    st.tuples(
        st.just("PH-012"),
        st.one_of(
            *(
                filled(pattern)
                for pattern in (
                    *("415_555_01##", "(415)_555_01##", "+1_415_555_01##", "call 4#5_5#5_01##"),
                    *("07700_9001##", "020_7946_01##", "0412_34#_6##", "06_12_3#_56_7#"),
                    *("01_##_##_##_##", "+33_6_12_3#_56_##", "612_34_5#_##", "tel 91_1#3_45_##"),
                    *("0151_234567##", "+49_151_234567##", "030_231250##", "+61_412_34#_6##"),
                    *("call 555_01##", "phone 415555####", "tel. 5550###", "+34_612_3#5_6##"),
                )
            )
        ),
    ),
    st.tuples(
        st.just("PH-013"),
        st.one_of(
            *(
                filled(pattern, light)
                for pattern in (
                    *("SSN ###_##_####", "NHS number ###_###_####", "2_84_03_75_1##_0##_4#"),
                    *("DNI ##_###_###Z", "Steuer-ID ##_###_###_###", "TFN ###_###_###"),
                    *("Medicare 2###_#####_#", "65_120384_M_0##", "NIE X_1234###_L"),
                )
            ),
            filled("###_##_####", st.sampled_from("-.")),
        ),
    ),
    st.tuples(
        st.just("PH-014"),
        st.one_of(
            *(
                filled(pattern, light)
                for pattern in (
                    *(
                        "MRN 4#_8#_3#",
                        "Fallnummer 4#_8#_3#",
                        "Fall-Nr. ####_##",
                        "dossier n° 4#_8#_#",
                    ),
                    *(
                        "historia clínica 4#_8#_3#",
                        "NHC ######",
                        "Patient ID: A_####",
                        "record no. ####",
                    ),
                )
            )
        ),
    ),
    st.tuples(
        st.just("PH-018"),
        st.builds(
            "{}{}{}{sep}0{}{sep}19{}{}".format,
            st.sampled_from(["DOB ", "dob: ", "geb. ", "née le ", "nacida el ", "born "]),
            *(st.sampled_from("12"), digit, digit, digit, digit),
            sep=st.sampled_from("/.-"),
        ),
    ),
    st.tuples(
        st.just("PH-017"),
        st.builds(
            lambda form, number: form.format(number),
            st.sampled_from(
                [
                    *("{} Elm Street", "{} Old Mill Road", "Elmstraße {}", "Lange Str. {}"),
                    *("{}, rue des Lilas", "{} avenue Foch", "Calle Mayor {}", "C/ Mayor, {}"),
                    *("Springfield, IL 627{:02}", "40.71{:02}8, -74.0060"),
                ]
            ),
            st.integers(10, 99),
        ),
    ),
)


@st.composite
def typed(draw: st.DrawFn) -> tuple[str, str]:
    """An identifier as somebody may type it or paste it, and the rule that must find it."""
    rule_id, text = draw(identifier)
    text = text.replace(" ", draw(st.sampled_from(SPACES))).replace(
        "-", draw(st.sampled_from(DASHES))
    )
    if draw(st.booleans()):
        place, sign = draw(st.integers(0, len(text))), draw(st.sampled_from(UNSEEN))
        text = text[:place] + sign + text[place:]
    width = draw(st.sampled_from(["as it is", "full", "escaped"]))
    if width == "full":
        text = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
    if width == "escaped":
        place = draw(st.integers(0, len(text) - 1))
        text = f"{text[:place]}&#{ord(text[place])};{text[place + 1 :]}"
    return rule_id, text


@examples
@given(one=typed(), before=st.sampled_from(ALLOWED), after=st.sampled_from(ALLOWED))
def test_an_identifier_is_found_however_it_is_typed(
    connection: Connection, one: tuple[str, str], before: str, after: str
) -> None:
    """Alone, and on a line of its own between two ordinary notes."""
    rule_id, text = one
    texts = [text, f"{before}\n{text},\n{after}"]
    assert found(connection, BY_ID[rule_id], texts) == texts
