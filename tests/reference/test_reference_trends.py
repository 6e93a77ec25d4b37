"""The reference's trends, intervals, rounding against examples worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import pi, sqrt, tan
from typing import Literal

import pytest

import reference
import reference_statistics
import reference_trends
from reference import PulseCheck, PulseDay, Session
from reference_rows import DAY_0, check, on
from reference_trends import TrendRow


# trends
def trend(
    rows: Sequence[PulseCheck],
    metric: str,
    period: int,
    by: Literal["day", "week"] = "day",
    patient_of: Mapping[str, str] | None = None,
) -> TrendRow:
    """Return one row of the trends; each session is a patient's own unless `patient_of` knows."""
    patients = patient_of or {}
    keys = sorted({str(row.session_id) for row in rows})
    sessions = [Session(key, "t1", patients.get(key, key), DAY_0) for key in keys]
    days: dict[reference.Id, list[PulseDay]] = {
        session.session_id: reference.pulse_days(session, rows, on(400)) for session in sessions
    }
    found = reference_trends.trends(days, sessions, by)
    (row,) = (row for row in found if (row.metric, row.period) == (metric, period))
    return row


def eleven(day: int) -> list[PulseCheck]:
    """Eleven patients: five 2, one 3, five 4, so mean 3, variance 10/10, SD 1."""
    values = [2] * 5 + [3] + [4] * 5
    return [check(day, (v, v, v, v), session_id=f"s{n}") for n, v in enumerate(values)]


@pytest.mark.parametrize("metric", reference.METRICS)
def test_trend_by_day(metric: str) -> None:
    """Mean, SD (n - 1) and Student's interval over patients: 3 +- 2.228139 / sqrt(11)."""
    found = trend(eleven(5), metric, 5)
    figures = ("3.0000", "1.0000", "2.3282", "3.6718")
    assert (found.patients, found.is_withheld) == (11, False)
    assert _figures(found) == [Decimal(text) for text in figures]


def test_trend_counts_patients_with_a_value() -> None:
    """Eleven observed patients of whom one left the answer out are ten for that metric."""
    rows = [check(5, (3, 3, None, 3), session_id="s0"), *eleven(5)[1:]]
    assert trend(rows, "mood", 5).patients == 10
    assert trend(rows, "sleep", 5).patients == 11
    assert trend(rows, "composite", 5).patients == 11


def test_trend_takes_one_value_per_patient() -> None:
    """A patient with two sessions is one patient, with the mean of both days' values."""
    rows = [
        check(5, (1, 1, 1, 1), session_id="a1"),
        check(5, (2, 2, 2, 2), session_id="a2"),
        check(5, (4, 4, 4, 4), session_id="b1"),
    ]
    found = trend(rows, "energy", 5, patient_of={"a1": "a", "a2": "a"})
    # 1.5 and 4: mean 2.75, SD 2.5/sqrt(2), margin 12.706205 * 1.25 = 15.882756
    figures = ("2.7500", "1.7678", "-13.1328", "18.6328")
    assert found.patients == 2
    assert _figures(found) == [Decimal(text) for text in figures]
    by_session = trend(rows, "energy", 5)
    assert (by_session.patients, by_session.mean) == (3, Decimal("2.3333"))


def _figures(row: TrendRow) -> list[Decimal | None]:
    return [row.mean, row.standard_deviation, row.ci_lower, row.ci_upper]


def test_trend_by_week() -> None:
    """A week is day div 7, a patient's value the mean of that patient's days in it."""
    rows = [check(day, (v, 3, 3, 3), session_id="a") for day, v in [(6, 5), (7, 1), (13, 2)]]
    rows += [check(day, (v, 3, 3, 3), session_id="b") for day, v in [(10, 2), (14, 5)]]
    found = trend(rows, "connection", 1, "week")
    # 1.5 and 2: mean 1.75, SD 0.5/sqrt(2), margin 12.706205 * 0.25 = 3.176551
    assert found.patients == 2
    assert _figures(found) == [Decimal(text) for text in ("1.7500", "0.3536", "-1.4266", "4.9266")]


def test_trend_composite_is_of_exact_composites() -> None:
    """A person's composite is averaged from exact values: 4/3, not 1.33335."""
    ones, thirds = (1, 1, 1, 1), (1, 2, 2, None)
    rows = [check(day, kind) for day, kind in enumerate((ones, ones, thirds, thirds))]
    found = trend(rows, "composite", 0, "week")
    assert found == TrendRow("composite", 0, 1, Decimal("1.3333"), None, None, None, False)


def test_trend_covers_the_journey_only() -> None:
    """Days 0 and 180 count, -1 and 181 do not, not even into the weeks they would fall in."""
    rows = [check(day, (v, 3, 3, 3)) for day, v in [(-1, 5), (0, 1), (180, 2), (181, 5)]]
    assert trend(rows, "connection", 0, "day").mean == 1
    assert trend(rows, "connection", 0, "week").mean == 1
    assert trend(rows, "connection", 180, "day").mean == 2
    assert trend(rows, "connection", 25, "week").mean == 2


@pytest.mark.parametrize(("by", "periods"), [("day", 181), ("week", 26)])
def test_trend_has_every_row(by: Literal["day", "week"], periods: int) -> None:
    """Every metric and day 0 to 180, or week 0 to 25, has its row, with nothing observed too."""
    found = reference_trends.trends({}, [], by)
    assert [(row.metric, row.period) for row in found] == [
        (metric, period) for metric in reference.METRICS for period in range(periods)
    ]
    assert all(row.is_withheld and row.patients is None for row in found)


# arithmetic
@pytest.mark.parametrize(
    ("df", "table"), [(1, "12.706"), (10, "2.228"), (100, "1.984"), (1000, "1.962")]
)
def test_student_t_table(df: int, table: str) -> None:
    """The quantiles are those of the printed tables."""
    assert f"{reference_statistics.student_t_975(df):.3f}" == table


@pytest.mark.parametrize(("df", "exact"), [(1, 1 / tan(pi / 40)), (2, 0.95 / sqrt(0.04875))])
def test_student_t_closed_forms(df: int, exact: float) -> None:
    """For 1 and 2 degrees of freedom the quantile has a closed form, met to 1e-9."""
    assert abs(reference_statistics.student_t_975(df) - exact) < 1e-9


def test_student_t_shrinks_to_the_normal() -> None:
    """The quantile falls with the degrees of freedom towards 1.959964; below 1 is an error."""
    found = [reference_statistics.student_t_975(df) for df in range(1, 400)]
    assert found == sorted(found, reverse=True)
    # normal quantile z, next term (z³ + z) / (4 df)
    assert (
        abs(reference_statistics.student_t_975(20_000) - (1.959963985 + 2.372271 / 20_000)) < 1e-7
    )
    with pytest.raises(ValueError, match="at least 1"):
        reference_statistics.student_t_975(0)


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        ("0.125", 2, "0.13"),
        ("-0.125", 2, "-0.13"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("2.4999999999", 0, "2"),
        ("3", 4, "3.0000"),
        ("-0.00004", 4, "0.0000"),
    ],
)
def test_rounded(value: str, places: int, shown: str) -> None:
    """Halves go away from zero, and the stated number of decimals is kept."""
    assert str(reference_statistics.rounded(Fraction(value), places)) == shown


@pytest.mark.parametrize(
    ("count", "total", "lower", "upper"),
    [
        (81, 263, "25.53", "36.62"),
        (15, 148, "6.24", "16.05"),
        (0, 20, "0.00", "16.11"),
        (1, 29, "0.61", "17.18"),
        (29, 29, "88.30", "100.00"),
    ],
)
def test_wilson_percent(count: int, total: int, lower: str, upper: str) -> None:
    """The first four are Newcombe's (1998, table I, method 3); the last mirrors 0 of 29."""
    found = reference_statistics.wilson_percent(count, total)
    assert found[1:] == (Decimal(lower), Decimal(upper))
    assert found[0] == round(Decimal(100 * count) / total, 2)
