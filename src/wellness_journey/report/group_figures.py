"""Who still answers, how those who left began, floor and ceiling: as pictures and tables."""

from __future__ import annotations

from decimal import Decimal

from wellness_journey.report import amounts, asked, charts, group_words
from wellness_journey.report.figures import Figure, round_up, share_rows
from wellness_journey.report.groups import Extreme
from wellness_journey.report.published import Published


def attrition(patients: Published) -> Figure | None:
    """Patients whose journey has come through a week, and those of them who still answer."""
    weeks = patients.attrition
    if not weeks:
        return None
    finding = group_words.attrition(weeks)
    most = round_up(max((week.whole or 0 for week in weeks), default=0))
    return Figure(
        "Who still answers",
        "patients, by week after the session",
        finding,
        charts.shares(weeks, most, finding, has_whole=True),
        ("Week", "Have come so far", "Still answer", "Share"),
        share_rows(weeks),
    )


def leaving(patients: Published) -> Figure | None:
    """The first month of those who left and of those who stayed."""
    rows = patients.leaving
    if not rows:
        return None
    return Figure(
        "How those who left began",
        "mean of weeks 1 to 4",
        group_words.leaving(rows),
        None,
        ("", "Left", "Patients", "Stayed", "Patients", "Difference", "95 % interval"),
        tuple(
            (
                asked.label(row.metric),
                _mean_of(row.leavers_mean),
                amounts.number(row.leavers),
                _mean_of(row.stayers_mean),
                amounts.number(row.stayers),
                amounts.WITHHELD if row.difference is None else group_words.signed(row.difference),
                group_words.signed_interval(row.ci_lower, row.ci_upper),
            )
            for row in rows
        ),
        tuple(
            (asked.label(row.metric), _mean_of(row.leavers_mean), _mean_of(row.stayers_mean))
            for row in rows
        ),
    )


def _mean_of(mean: Decimal | None) -> str:
    return amounts.WITHHELD if mean is None else amounts.rounded(mean, 2)


def extremes(patients: Published) -> Figure | None:
    """Floor and ceiling of each question in the first and in the last week that shows any."""
    rows = patients.extremes
    if not rows:
        return None
    weeks = sorted({row.week for row in rows if row.patients is not None})
    shares = {(row.metric, row.week, row.answer): row for row in rows}
    return Figure(
        "Floor and ceiling",
        "share of answers at 1 and at 5",
        group_words.extremes(rows),
        None,
        ("Week", "Question", "Patients", "At 1", "At 5"),
        tuple(
            (
                str(week),
                asked.label(metric),
                amounts.number(shares[metric, week, 1].patients),
                _share(shares[metric, week, 1]),
                _share(shares[metric, week, 5]),
            )
            for week in weeks
            for metric in asked.measures()
        ),
        tuple(
            (
                f"{asked.label(metric)}, week {week}",
                _share(shares[metric, week, 1]).split(" (")[0],
                _share(shares[metric, week, 5]).split(" (")[0],
            )
            for metric in asked.measures()
            for week in dict.fromkeys(weeks[:1] + weeks[-1:])
        ),
    )


def _share(row: Extreme) -> str:
    """24 % (20 to 27), or withheld."""
    if row.share_pct is None:
        return amounts.WITHHELD
    return (
        f"{amounts.rounded(row.share_pct, 0)} % "
        f"({amounts.interval(row.lower_pct, row.upper_pct, 0)})"
    )
