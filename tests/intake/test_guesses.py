"""What `date_formats` guesses of one value's spelling; a guess is shown, never acted on."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellness_journey.intake.guesses import date_formats

AMBIGUOUS = ("%m/%d/%y", "%d/%m/%y")


@pytest.mark.parametrize(
    ("text", "formats"),
    [
        ("3/5/26", AMBIGUOUS),
        (" 3/5/26 ", AMBIGUOUS),
        ("3/25/26", ("%m/%d/%y",)),
        ("25/3/26", ("%d/%m/%y",)),
        ("03/05/2026 2:15 PM", ("%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M %p")),
        ("3/25/26, 2:15:07\u202fpm", ("%m/%d/%y, %I:%M:%S %p",)),
        ("31.12.2025", ("%d.%m.%Y",)),
        ("05.03.2026 14:15", ("%d.%m.%Y %H:%M", "%m.%d.%Y %H:%M")),
        ("31. 12. 2025", ("%d. %m. %Y",)),
        ("26-03-05", ("%d-%m-%y", "%y-%m-%d")),
        ("2026/03/05", ("%Y/%m/%d",)),
        ("2026-3-5", ("%Y-%m-%d",)),
        ("2026-03-05 9:10", ("%Y-%m-%d %H:%M",)),
        ("2026-03-05 21:10 UTC", ("%Y-%m-%d %H:%M UTC",)),
        ("20260305", ("%Y%m%d",)),
        ("20260305T141500Z", ("%Y%m%dT%H%M%S%z",)),
        ("20260305141500", ("%Y%m%d%H%M%S",)),
        ("25032026", ("%d%m%Y",)),
        ("25-Mar-26", ("%d-%b-%y",)),
        ("25MAR2026:14:15:01", ("%d%b%Y:%H:%M:%S",)),
        ("5 March 2026", ("%d %B %Y",)),
        ("5 May 2026", ("%d %b %Y", "%d %B %Y")),
        ("March 5, 2026", ("%B %d, %Y",)),
        ("Thu, 5 Mar 2026 14:00:00 +0100", ("%a, %d %b %Y %H:%M:%S %z",)),
    ],
)
def test_best_guess_first(text: str, formats: tuple[str, ...]) -> None:
    """Each order of day, month and year that reads the value is a guess."""
    assert date_formats(text) == formats


@pytest.mark.parametrize(
    "text",
    ["2026-03-05", "2026-03-05 21:10", "2026-03-05T21:10:05.123456+01:00", "2026-03-05T21:10Z"],
)
def test_iso_needs_no_format(text: str) -> None:
    """What `load` takes without a description has no guess."""
    assert date_formats(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NA",
        "5",
        "1.0",
        "46086",
        "46086.59375",
        "10:30",
        "today",
        "5. März 2026",
        "Mar 26",
        "2026-02-30",
        "02/30/2026",
        "13/13/2026",
        "2026-03-05 24:00",
        "2026-03-05 21:10 CET",
        "3/5/26 14:15 PM",
        "192.168.1.1",
        "3/5",
        "\u0663/5/26",
        "2026-03-05 21:10:00.1234567",
    ],
)
def test_what_no_format_says(text: str) -> None:
    """Serial numbers, days that do not exist and other languages have no guess."""
    assert date_formats(text) == ()


@given(
    day=st.dates(date(1970, 1, 1), date(2068, 12, 31)),
    minutes=st.integers(0, 24 * 60 - 1),
    form=st.sampled_from(
        [
            "%m/%d/%Y",
            "%d/%m/%y",
            "%d.%m.%Y",
            "%d-%m-%Y",
            "%m-%d-%y",
            "%y-%m-%d",
            "%d %B %Y",
            "%d-%b-%y",
            "%b %d, %Y",
            "%Y/%m/%d",
            "%A, %d %b %Y",
        ]
    ),
    time=st.sampled_from(["", " %H:%M", " %I:%M %p", ", %H:%M:%S", "T%H:%M"]),
)
def test_the_true_format_is_always_among_the_guesses(
    day: date, minutes: int, form: str, time: str
) -> None:
    """A guess may be wrong, but what the file meant is never missing from the list."""
    moment = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
    text = moment.strftime(form + time)
    assert form + time in date_formats(text)


@given(st.text(max_size=30))
def test_any_text_gets_an_answer(text: str) -> None:
    """No text, however odd, makes the guess fail; and each guess reads it."""
    for form in date_formats(text):
        datetime.strptime(text.strip(), form)
