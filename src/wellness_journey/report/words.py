"""The report's sentences: short, with units and denominators, the same wherever they are read."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from wellness_journey.report import asked
from wellness_journey.report.amounts import (
    NONE,
    WITHHELD,
    day,
    interval,
    many,
    number,
    of,
    rounded,
)
from wellness_journey.report.findings import Findings, Flow, Rule
from wellness_journey.report.history import History, RuleHistory
from wellness_journey.report.published import (
    FlagWeek,
    Outcome,
    Rate,
    ReviewRule,
    Share,
    TrendWeek,
)

# Where sizes of rows are first read.
ROWS = "Rows are not patients: 1 to 10 rows can all be of one patient."
# What a clinic should expect: one minor rule in fifty may be open. A default, not a law.
TARGET = Decimal(98)
# By the engines of `rules.score`: who checked, and what one check of theirs is called.
ENGINES = {
    "dbt": "dbt",
    "great_expectations": "Great Expectations",
    "column_policy": "the column policy",
    "text_scan": "the scan of free text",
    "posture": "the look at the database's security",
    "runs": "the comparison with earlier runs",
}
CHECKS = {
    "dbt": "dbt test",
    "great_expectations": "suite",
    "column_policy": "column policy",
    "text_scan": "scan of free text",
    "posture": "posture",
    "runs": "earlier runs",
}


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


def since(past: History, rule_id: str) -> str:
    """How long a rule is as it is: `new`, or the day and how many runs have found it so."""
    rule = past.rules.get(rule_id)
    if rule is None or past.is_first:
        return "first run"
    if rule.change == "new":
        return "new"
    first = f"{rule.since:%Y-%m-%d}"
    runs = many(rule.runs_since, "run")
    return f"{first} or before ({runs})" if rule.is_older else f"{first} ({runs})"


def since_when(past: History, rule_id: str) -> str:
    """The same as part of a sentence."""
    told = since(past, rule_id)
    return f"since {told}" if told[0].isdigit() else told


def since_in_full(past: History, rule_id: str) -> str:
    """The same with room for words, as the page has it."""
    rule = past.rules[rule_id]
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
    """The share of due days over the weeks that show it, and its first and last week."""
    shown = [week for week in weeks if week.look == "shown"]
    if not shown:
        return "No week is shown."
    told = [f"{share(week)} in week {week.week}" for week in dict.fromkeys((shown[0], shown[-1]))]
    return (
        f"In an average week {whole_percent(average(shown))} of the days that were due have a "
        f"pulse check: {', '.join(told)}.{hidden(weeks)}"
    )


def average(weeks: Sequence[Share]) -> Decimal:
    """The mean share of weeks that are shown: each counts once, however many patients it has."""
    return sum((week.pct or Decimal(0) for week in weeks), Decimal(0)) / len(weeks)


def flags(rule: ReviewRule) -> str:
    """The last shown week of a rule of review, and what chance alone would make of it."""
    shown = [week for week in rule.weeks if week.look == "shown"]
    if not shown:
        return f"No week is shown.{hidden(rule.weeks)}"
    last = shown[-1]
    if last.by_chance is None:
        alone = "how many it would be by chance is unknown"
    else:
        alone = f"by chance alone it would be {last.by_chance}"
    if rule.rule == "silence":
        alone = (
            f"by chance it would be {last.by_chance} if days were missed at random; people miss "
            "them in clusters, so that it is far more"
        )
    return (
        f"Week {last.week}: {last.part:,} of {last.whole:,} sessions flagged ({share(last)}); "
        f"{alone}.{hidden(rule.weeks)}"
    )


def rules_off(rules: Sequence[ReviewRule]) -> str:
    """Which rules of review watch nobody, switched off or missing; nothing where all are on."""
    off = [rule.name for rule in rules if rule.is_listed and not rule.is_enabled]
    missing = [rule.name for rule in rules if not rule.is_listed]
    told = [f"Switched off in ref_review_rules: {', '.join(off)}."] if off else []
    if missing:
        told.append(
            f"Missing from ref_review_rules, so that it watches nobody: {', '.join(missing)}."
        )
    return " ".join(told)


def remission() -> str:
    """Below which score each instrument tells of a remission."""
    by_score: dict[int, list[str]] = {}
    for instrument in asked.instruments():
        if instrument.remission_score is not None:
            by_score.setdefault(instrument.remission_score + 1, []).append(instrument.name)
    told = [f"below {score} on {' and '.join(names)}" for score, names in by_score.items()]
    return f"Remission: {', '.join(told)}."


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


def head_of_chance(rule: ReviewRule) -> str:
    """What the numbers of chance assume stands above them, where people are not like that."""
    return "By chance, if days were missed at random" if rule.rule == "silence" else "By chance"


def by_chance(week: FlagWeek) -> str:
    """3, withheld, or not due."""
    if week.by_chance is None and week.part is not None and week.is_due:
        return "unknown"
    return number(week.by_chance) if week.is_due else "not due"


def share(week: Share) -> str:
    """81 %, withheld, or not due."""
    if week.look != "shown":
        return "not due" if week.look == "not due" else WITHHELD
    return "none due" if week.pct is None else whole_percent(week.pct)


def rate(group: Rate) -> str:
    """54 % of 230 (47 to 60 %), withheld, or not defined for the instrument."""
    if group.pct is None:
        return short_rate(group)
    return f"{short_rate(group)} ({interval(group.lower_pct, group.upper_pct, 0)} %)"


def short_rate(group: Rate) -> str:
    """54 % of 230, withheld, or not defined for the instrument."""
    if not group.is_defined:
        return "not defined"
    if group.pct is None:
        return WITHHELD
    return f"{whole_percent(group.pct)} of {number(group.whole)}"


def whole_percent(value: Decimal) -> str:
    """54 %."""
    return f"{rounded(value, 0)} %"


def told(rule: Rule) -> str:
    """A rule and what was found of it, as one line."""
    counts = of(rule.failing, rule.checked)
    found_by = ", ".join(rule.engines) or "nothing checked it"
    return (
        f"{rule.status:<5}  {rule.rule_id}  {rule.sentence}: {counts} in {rule.tested} ({found_by})"
    )


def quarantined(flow: Flow) -> str:
    """1 to 10 before_session, or none."""
    return ", ".join(f"{size} {reason}" for reason, size in flow.quarantined.items()) or NONE


def verdict(found: Findings) -> str:
    """The verdict as one line."""
    score = "" if found.score is None else f" Score {found.score:.1f}."
    return f"{found.verdict.upper()}  {found.sentence}{score}"
