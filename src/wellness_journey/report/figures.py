"""The page's pictures: each with its finding as a sentence and its numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wellness_journey.report import amounts, asked, charts, group_words, words
from wellness_journey.report.groups import ChangeWeek
from wellness_journey.report.history import History
from wellness_journey.report.published import RATES, Outcome, Published, ReviewRule, Share


@dataclass(frozen=True)
class Figure:
    """A picture, its finding, and its numbers as a table."""

    title: str
    note: str
    finding: str
    chart: Markup | None
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    facts: tuple[tuple[str, str, str], ...] = ()
    errors: str = ""


def trends(patients: Published) -> list[Figure]:
    """Weekly means of the five metrics and the change of the same people; none if not built."""
    figures = []
    scale = charts.trend_scale(
        [
            (patients.trends.get(metric, ()), patients.changes.get(metric, ()))
            for metric in asked.metrics()
        ]
    )
    for metric in asked.metrics():
        weeks, changes = patients.trends.get(metric, ()), patients.changes.get(metric, ())
        finding = words.trend(asked.label(metric), weeks) + group_words.change(changes)
        since = {change.week: change for change in changes}
        rows = tuple(
            (
                str(week.week),
                amounts.WITHHELD if week.mean is None else amounts.rounded(week.mean, 2),
                amounts.interval(week.ci_lower, week.ci_upper, 2),
                amounts.number(week.patients),
                *_change(since.get(week.week)),
            )
            for week in weeks
        )
        figures.append(
            Figure(
                asked.label(metric),
                f"mean of the {asked.number_in_composite()}, 1 to 5"
                if metric == "composite"
                else "1 to 5, higher is better",
                finding,
                charts.trend(weeks, changes, finding, scale)
                if any(week.mean is not None for week in weeks)
                else None,
                (
                    *("Week", "Mean of everybody", "95 % interval", "Patients"),
                    *("Change of the same people", "95 % interval", "Patients"),
                ),
                rows,
            )
        )
    return figures if any(patients.trends.values()) else []


def _change(week: ChangeWeek | None) -> tuple[str, str, str]:
    if week is None:
        return "", "", ""
    return (
        amounts.WITHHELD if week.mean is None else group_words.signed(week.mean),
        group_words.signed_interval(week.ci_lower, week.ci_upper),
        amounts.number(week.patients),
    )


def compliance(patients: Published) -> Figure | None:
    """Patients, and their share of answered days, by week after the session."""
    weeks = patients.compliance
    if not weeks:
        return None
    finding = words.compliance(weeks)
    most = round_up(max((week.whole or 0 for week in weeks), default=0))
    return Figure(
        "Pulse checks by week after the session",
        "patients; dark: their share of answered days",
        finding,
        charts.shares(weeks, most, finding, is_wide=True, has_whole=True),
        ("Week", "Patients", "Answered"),
        tuple((week, patients, share) for week, patients, _, share in share_rows(weeks)),
    )


def flags(rule: ReviewRule, patients: Published) -> Figure:
    """Sessions that a rule of review flagged, by week after the session."""
    finding = words.flags(rule)
    most = max(
        (week.part or 0 for other in patients.review_rules for week in other.weeks), default=0
    )
    return Figure(
        rule.name,
        rule.sentence,
        finding,
        charts.shares(rule.weeks, round_up(most), finding, has_whole=False)
        if any(week.look == "shown" for week in rule.weeks)
        else None,
        ("Week", "Watched", "Flagged", "Share", words.head_of_chance(rule)),
        tuple(
            (*row, words.by_chance(week))
            for row, week in zip(share_rows(rule.weeks), rule.weeks, strict=True)
        ),
        errors=rule.known_error_rates,
    )


def share_rows(weeks: Sequence[Share]) -> tuple[tuple[str, ...], ...]:
    """Week, whole, part and share, as a table has them."""
    return tuple(
        (
            str(week.week),
            amounts.number(week.whole) if week.is_due else "not due",
            amounts.number(week.part) if week.is_due else "not due",
            words.share(week),
        )
        for week in weeks
    )


def outcomes(patients: Published) -> list[Figure]:
    """Mean scores of each instrument, and what became of those who were ill at baseline."""
    figures = []
    for instrument in asked.instruments():
        rows = patients.outcomes.get(instrument.name, ())
        if not rows:
            continue
        finding = words.outcome(instrument.name, rows)
        lowest, highest = instrument.lowest, instrument.highest
        better = "higher" if instrument.is_higher_better else "lower"
        figures.append(
            Figure(
                instrument.name,
                f"{lowest} to {highest}, {better} is better",
                finding,
                charts.outcome(rows, (lowest, highest), finding)
                if any(row.mean is not None for row in rows)
                else None,
                ("After", "Mean", "95 % interval", "Patients", *RATES),
                tuple(
                    (
                        f"{row.window_days} days",
                        amounts.WITHHELD if row.mean is None else amounts.rounded(row.mean, 1),
                        amounts.interval(row.ci_lower, row.ci_upper, 1),
                        amounts.number(row.patients),
                        *map(words.rate, row.rates),
                    )
                    for row in rows
                ),
                _facts(rows[-1]),
            )
        )
    return figures


def _facts(row: Outcome) -> tuple[tuple[str, str, str], ...]:
    """Name, of those seen, of all eligible; without what is not defined for the instrument."""
    told = [words.short_rate(group) for group in row.rates]
    facts = (
        ("Response", told[0], told[1]),
        ("Remission", told[2], told[3]),
        ("Got better", told[4], ""),
        ("Got worse", told[5], ""),
    )
    defined = [row.rates[place].is_defined for place in (0, 2, 4, 5)]
    return tuple(fact for fact, is_defined in zip(facts, defined, strict=True) if is_defined)


def round_up(value: int) -> int:
    """The next number above that makes a good tick, and whose half does, too."""
    size = 2 * int("1".ljust(len(str(value)) - 1, "0"))
    return -(-value // size) * size


def scores(past: History) -> Figure | None:
    """Score of each of the last runs."""
    if not past.runs:
        return None
    last = past.runs[-1]
    known = [run.score for run in past.runs if run.score is not None]
    finding = f"Score {amounts.score(last.score)} in this run"
    if len(known) > 1:
        finding += f"; lowest {amounts.score(min(known))}, highest {amounts.score(max(known))}"
    finding += f" of the last {amounts.many(len(past.runs), 'run')}; target {words.TARGET}."
    return Figure(
        "Score of the last runs",
        f"{amounts.day(past.runs[0].started_at)} to {amounts.day(last.started_at)}",
        finding,
        charts.scores(past.runs, words.TARGET, finding) if len(past.runs) > 1 and known else None,
        ("Run", "As of", "Score"),
        tuple(
            (
                amounts.moment(run.started_at),
                run.as_of.isoformat(),
                amounts.score(run.score)
                + (
                    f"; {amounts.many(run.nodes_failed, 'model')} not built"
                    if run.nodes_failed
                    else ""
                )
                if run.score is not None
                else "not all was checked",
            )
            for run in reversed(past.runs)
        ),
    )
