"""Random notes: the guard of free text."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from database import Connection
from nightly import examples
from random_histories import days, number

small = st.integers(1, 9).map(str)

two = st.integers(10, 99).map(str)

blood_pressure = st.builds("{}/{}".format, st.integers(90, 190), st.integers(50, 120))

dates_of_notes = st.tuples(
    days, st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%y", "%m-%d-%Y", "%B %d, %Y", "%d %b"])
).map(lambda pair: pair[0].strftime(pair[1]))

clock = st.builds(
    "{}{}{:02d}".format, st.integers(0, 23), st.sampled_from(":."), st.integers(0, 59)
)

snippets = st.one_of(
    st.builds("PHQ-9 {} -> {}".format, two, small),
    st.builds("GAD-7 +{} ({}-{})".format, small, two, two),
    st.builds("BP {} then {}".format, blood_pressure, blood_pressure),
    st.builds("pulse {}-{}".format, two, two),
    st.builds("steps {}, {}, {}".format, number, number, number),
    st.builds("steps +{} ({}-{})".format, number, number, number),
    st.builds("{}-{} steps a day".format, number, number),
    st.builds("{} mg at {}".format, number, clock),
    st.builds("{}.5 µg/kg, {} ml".format, small, number),
    st.builds("phone {} {}".format, dates_of_notes, clock),
    st.builds("phone call {}-{}".format, clock, clock),
    st.builds("slept {}-{} h, {}-{}".format, small, small, clock, clock),
    st.builds("seen {}".format, dates_of_notes),
    st.builds("from {} to {}".format, dates_of_notes, dates_of_notes),
    st.builds("session #{} in room {}".format, small, two),
    st.builds("{}-{}-{} breathing".format, small, small, small),
    st.builds("{} % of {}".format, two, number),
    st.builds("weight {}.{} kg (-{}.{})".format, two, small, small, small),
    st.builds("ratio {}:{}".format, small, small),
)

digits = st.integers(0, 9).map(str)

formats = st.sampled_from(
    [
        ("a telephone number", "+44 20 7946 0###"),
        ("a telephone number", "+49 (0)30 23125 ###"),
        ("a telephone number", "+1 (212) 555-01##"),
        ("a telephone number", "(212) 555-01##"),
        ("a telephone number", "212.555.01##"),
        ("a telephone number", "07700 900###"),
        ("a telephone number", "0491 570 ###"),
        ("a telephone number", "tel. ###-##-##"),
        ("a record number", "MRN 1######"),
        ("a record number", "patient ID: 2####"),
        ("a record number", "Chart no. 3####"),
        ("an e-mail address", "p###@example.org"),
        ("a web address", "https://example.org/###"),
    ]
)


def kind_of(connection: Connection, text: str) -> Any:
    row = connection.execute("select public.journey_identifier_in(%s)", (text,)).fetchone()
    return row and row[0]


@examples
@given(text=st.lists(snippets, min_size=1, max_size=6).map("; ".join))
def test_numbers_of_everyday_notes_raise_no_alarm(connection: Connection, text: str) -> None:
    """S12: doses, vitals, scores, dates, times and steps in any numbers are no identifiers."""
    assert kind_of(connection, text) is None


@examples
@given(
    wanted=formats,
    drawn=st.lists(digits, min_size=8, max_size=8),
    before=st.lists(snippets, max_size=2).map("; ".join),
    after=st.lists(snippets, max_size=2).map("; ".join),
)
def test_an_identifier_among_everyday_numbers_is_found(
    connection: Connection, wanted: tuple[str, str], drawn: list[str], before: str, after: str
) -> None:
    """S12: whatever its digits and whatever stands around it, a number in a known writing goes."""
    kind, text = wanted
    for digit in drawn:
        text = text.replace("#", digit, 1)
    assert kind_of(connection, f"{before}; {text}; {after}") == kind
