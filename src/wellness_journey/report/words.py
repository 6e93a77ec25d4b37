"""The report's sentences: short, with units and denominators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from wellness_journey.report.findings import Findings
from wellness_journey.report.history import History, RuleHistory
from wellness_journey.report.published import Outcome, Rate, Share, TrendWeek

WITHHELD = "withheld"
# What a clinic should expect: one minor rule in fifty may be open. A default, not a law.
TARGET = Decimal(98)
# Scale and direction of the instruments: `marts.ref_instruments`, which the page may not read.
INSTRUMENTS = {
    "PHQ-9": (0, 27, "lower is better"),
    "GAD-7": (0, 21, "lower is better"),
    "PSQI": (0, 21, "lower is better"),
    "WHOQOL-BREF": (0, 100, "higher is better"),
}
ENGINES = {
    "dbt": "dbt",
    "great_expectations": "Great Expectations",
    "column_policy": "the column policy",
    "text_scan": "the scan of free text",
}


def number(value: int | None) -> str:
    """1,234, or withheld."""
    return WITHHELD if value is None else f"{value:,}"


def rounded(value: Decimal, places: int) -> str:
    """Half up, as the database rounds: the reader who computes it again finds the same."""
    return str(value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def many(value: int, noun: str) -> str:
    """1 rule, 2 rules."""
    return f"{value:,} {noun}{'' if value == 1 else 's'}"


def day(value: date) -> str:
    """3 March 2026; of a time, its day in UTC."""
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    return f"{value.day} {value:%B %Y}"


def moment(value: datetime) -> str:
    """2026-03-03 06:00 UTC."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def percent(part: int, whole: int, places: int = 0) -> str:
    """Of the whole; neither all nor nothing unless it is exactly that."""
    step = Decimal(1).scaleb(-places)
    value = Decimal(rounded(Decimal(100 * part) / whole, places))
    if part and not value:
        return f"under {step} %"
    if part < whole and value == 100:
        return f"over {100 - step} %"
    return f"{value} %"


def score(value: Decimal | None) -> str:
    """One decimal, never rounded up."""
    return "none" if value is None else str(value.quantize(Decimal("0.1"), rounding=ROUND_FLOOR))


def headline(found: Findings) -> str:
    """The verdict in a few words: what the title of the page says."""
    if found.run_id is None:
        return "Nothing has run yet"
    if found.is_empty and not found.nodes_failed and not found.missing_engines:
        return "Nothing to check: the tables are empty"
    counts = found.counts
    warnings = many(counts["warn"] + counts["skipped"], "warning")
    return {
        "pass": "All rules hold",
        "warn": f"Usable, with {warnings}",
        "fail": f"{many(counts['fail'], 'rule')} failed",
        "error": "Incomplete: do not rely on this run",
    }[found.verdict]


def advice(found: Findings) -> str:
    """What the verdict asks of a reader."""
    if found.run_id is None:
        return ""
    if found.is_empty and not found.nodes_failed and not found.missing_engines:
        return "`journey load` brings rows in; `journey demo` shows an invented cohort."
    if found.verdict == "error" and found.missing_engines:
        missing = " and ".join(ENGINES.get(name, name) for name in found.missing_engines)
        return f"Without {missing} nobody knows whether the other rules hold."
    return {
        "pass": "Nothing needs attention.",
        "warn": "The figures can be used; what warns stands first below.",
        "fail": "Wait with figures from the tables named below until somebody has acted.",
        "error": "Do not compare its figures with those of other runs.",
    }[found.verdict]


def since(rule: RuleHistory, past: History) -> str:
    """Since when a rule is as it is."""
    if past.is_first:
        return "first run, no history"
    if rule.runs_since == 1 and not rule.is_older:
        return "this run"
    runs = many(rule.runs_since, "run")
    older = " or earlier" if rule.is_older else ""
    return f"{day(rule.since)}{older} ({runs})"


def last_runs(rule: RuleHistory) -> str:
    """A strip of statuses in words."""
    names = {"not_applicable": "nothing to check", "skipped": "not checked", None: "not checked"}
    told: list[str] = []
    for status in dict.fromkeys(reversed(rule.statuses)):
        name = names.get(status, status)
        count = sum(names.get(other, other) == name for other in rule.statuses)
        if f"{count} {name}" not in told:
            told.append(f"{count} {name}")
    return f"Last {many(len(rule.statuses), 'run')}: {', '.join(told)}"


def trend(name: str, weeks: Sequence[TrendWeek]) -> str:
    """First and last shown week of a metric."""
    shown = [week for week in weeks if week.mean is not None]
    if not shown:
        return f"{name}: every week is withheld or has nobody behind it."
    told = [
        f"{rounded(week.mean, 2)} in week {week.week} ({number(week.patients)} patients)"
        for week in dict.fromkeys((shown[0], shown[-1]))
        if week.mean is not None
    ]
    return f"{name}: {', '.join(told)}."


def compliance(weeks: Sequence[Share]) -> str:
    """The share of due days over all weeks that show it, and its first and last week."""
    shown = [week for week in weeks if week.look == "shown"]
    if not shown:
        return "No week is shown."
    whole, part = sum(week.whole or 0 for week in shown), sum(week.part or 0 for week in shown)
    told = [f"{share(week)} in week {week.week}" for week in dict.fromkeys((shown[0], shown[-1]))]
    return (
        f"{percent(part, whole)} of the days that were due have a pulse check "
        f"({part:,} of {whole:,}): {', '.join(told)}.{hidden(weeks)}"
    )


def flags(weeks: Sequence[Share]) -> str:
    """The last shown week of a rule of review."""
    shown = [week for week in weeks if week.look == "shown"]
    if not shown:
        return f"No week is shown.{hidden(weeks)}"
    last = shown[-1]
    return (
        f"Week {last.week}: {last.part:,} of {last.whole:,} sessions flagged ({share(last)})."
        f"{hidden(weeks)}"
    )


def hidden(weeks: Sequence[Share]) -> str:
    """How many weeks are not shown, and why."""
    withheld = sum(week.look in ("withheld", "part withheld") for week in weeks)
    not_due = sum(week.look == "not due" for week in weeks)
    told = f" {many(withheld, 'week')} withheld." if withheld else ""
    return told + (f" {many(not_due, 'week')} not due." if not_due else "")


def outcome(instrument: str, rows: Sequence[Outcome]) -> str:
    """The mean score of the last window that shows one."""
    shown = [row for row in rows if row.mean is not None]
    if not shown:
        return f"{instrument}: every window is withheld or has no score yet."
    told = [
        f"{rounded(row.mean, 1)} at {row.window_days} days ({number(row.patients)} patients)"
        for row in dict.fromkeys((shown[0], shown[-1]))
        if row.mean is not None
    ]
    return f"{instrument}: mean {', '.join(told)}."


def share(week: Share) -> str:
    """81 %, withheld, or not due."""
    if week.look != "shown":
        return "not due" if week.look == "not due" else WITHHELD
    return percent(week.part or 0, week.whole) if week.whole else "none due"


def rate(group: Rate) -> str:
    """54 % (121 of 226; 47 to 60 %), withheld, or not defined for the instrument."""
    share = short_rate(group)
    if group.part is None or not group.whole:
        return share
    limits = f"{interval(group.lower_pct, group.upper_pct, 0)} %"
    return f"{percent(group.part, group.whole)} ({group.part:,} of {group.whole:,}; {limits})"


def short_rate(group: Rate) -> str:
    """54 % of 226, withheld, or not defined for the instrument."""
    if not group.is_defined:
        return "not defined"
    if group.part is None or not group.whole:
        return WITHHELD
    return f"{percent(group.part, group.whole)} of {group.whole:,}"


def interval(lower: Decimal | None, upper: Decimal | None, places: int) -> str:
    """8.9 to 10.6, or withheld."""
    if lower is None or upper is None:
        return WITHHELD
    return f"{rounded(lower, places)} to {rounded(upper, places)}"
