"""`index.html`: the last run as one page, without scripts, requests or anything to load."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import psycopg
from markupsafe import Markup, escape

from wellness_journey.report import charts, figures, words
from wellness_journey.report.findings import Findings, Rule, findings
from wellness_journey.report.history import History, history
from wellness_journey.report.published import Published, published

# Average of 477 articles on diary studies: Wrzus & Neubauer 2023.
DIARY_STUDIES_PCT = 79
FRESHNESS = "PC-012"
_CARDS = 40
_TOLD = {
    "error": "not checked",
    "fail": "failed",
    "warn": "warns",
    "skipped": "skipped",
    "pass": "holds",
    "not_applicable": "nothing to check",
}
_SYMBOLS = {"pass": "✓", "warn": "!", "fail": "✕", "error": "?", "skipped": "-"}
_COLORS = {"pass": "#1b7a3d", "warn": "#a86500", "fail": "#b3261e", "error": "#b3261e"}
_PACKAGES = ("wellness-journey", "dbt-core", "dbt-postgres", "great-expectations", "altair")


@dataclass(frozen=True)
class Tile:
    """A number with what it means, and what it was or should be."""

    label: str
    value: str
    unit: str
    notes: tuple[str, ...]
    status: str = ""


@dataclass(frozen=True)
class Card:
    """What does not pass, and what to do about it."""

    rule: Rule
    where: str
    failing: str
    since: str
    strip: Markup
    runs: str
    query: str


def page(connection: psycopg.Connection[Any], found: Findings) -> str:
    """The page of the run `found`. `connection` needs to read `quality` and `published` only."""
    past = history(connection, found.run_id)
    earlier = next((run.run_id for run in past.runs[-2::-1] if run.score is not None), None)
    before = findings(connection, earlier) if earlier else None
    row = connection.execute("show server_version").fetchone()
    versions = [f"{name} {version(name)}" for name in _PACKAGES]
    return as_page(
        found,
        past,
        before,
        published(connection),
        (*versions, f"PostgreSQL {row[0].split()[0] if row else '?'}"),
    )


def as_page(
    found: Findings,
    past: History,
    before: Findings | None,
    patients: Published,
    versions: Iterable[str],
) -> str:
    """As `page`, of what has been read already."""
    here = Path(__file__).parent
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(here),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": words.number,
        "day": words.day,
        "moment": words.moment,
        "code": _code,
    }
    style = "".join(
        line.strip() for line in (here / "page.css").read_text(encoding="utf-8").splitlines()
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    skipped = [rule for rule in found.attention if rule.status == "skipped"]
    problems = [rule for rule in found.attention if rule.status != "skipped"]
    return environment.get_template(
        "page.html.j2"
    ).render(
        found=found,
        past=past,
        style=Markup(style),  # noqa: S704, our own file
        digest=digest,
        icon=_icon(found.verdict),
        symbols=_SYMBOLS,
        told=_TOLD,
        engines=words.ENGINES,
        headline=words.headline(found),
        advice=words.advice(found),
        tiles=_tiles(found, before, patients),
        cards=[_card(rule, past) for rule in problems[:_CARDS]],
        more=len(problems[_CARDS:]),
        skipped=skipped,
        fixed=_named(found, past),
        trends=figures.trends(patients),
        compliance=figures.compliance(patients),
        flags=[figures.flags(rule, patients) for rule in patients.review_rules],
        outcomes=figures.outcomes(patients),
        kinds=_kinds(found),
        scores=figures.scores(past),
        flows=_flows(found),
        target=words.TARGET,
        versions=versions,
    )


def _code(text: str) -> Markup:
    """What stands between backticks as code."""
    told = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return Markup(told)  # noqa: S704, escaped above


def _icon(verdict: str) -> str:
    """The verdict on the browser's tab, as a data address."""
    return "data:image/svg+xml," + quote(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
        f'<circle cx="8" cy="8" r="8" fill="{_COLORS[verdict]}"/></svg>'
    )


# Six numbers ---------------------------------------------------------------------------------


def _tiles(found: Findings, before: Findings | None, patients: Published) -> list[Tile]:
    counts = found.counts
    bad = [
        told
        for status, told in (
            ("error", f"{counts['error']} not checked"),
            ("fail", f"{counts['fail']} failed"),
            ("warn", words.many(counts["warn"], "warning")),
            ("skipped", f"{counts['skipped']} skipped"),
        )
        if counts[status]
    ]
    worst = "" if found.score is None else "pass" if found.score >= words.TARGET else "warn"
    shown = [week for week in patients.compliance if week.look == "shown"]
    whole, part = sum(week.whole or 0 for week in shown), sum(week.part or 0 for week in shown)
    return [
        Tile(
            "Data-quality score",
            words.score(found.score),
            "" if found.score is None else "of 100",
            (f"target {words.TARGET}", _change(found, before)),
            worst,
        ),
        Tile(
            "Rules that hold",
            f"{counts['pass']:,}",
            f"of {len(found.applicable):,}",
            (
                ", ".join(bad) or "target: all",
                f"last run {before.counts['pass']:,} of {len(before.applicable):,}"
                if before
                else "first run",
            ),
            "" if not found.applicable else "warn" if bad else "pass",
        ),
        _pulse_checks(found, before),
        _sessions(found, patients),
        Tile(
            "Adherence so far",
            words.percent(part, whole) if whole else "none",
            "of due days" if whole else "",
            (
                f"{part:,} of {whole:,} due days have a pulse check"
                if whole
                else "no week is shown",
                f"diary studies: {DIARY_STUDIES_PCT} % on average",
            ),
        ),
        _freshness(found),
    ]


def _change(found: Findings, before: Findings | None) -> str:
    if before is None or before.score is None or found.score is None:
        return "first run"
    if found.missing_engines:
        return "not comparable: not all was checked"
    difference = found.score - before.score
    if not difference:
        return "as in the last run"
    return f"{'▲' if difference > 0 else '▼'} {abs(difference):.1f} since the last run"


def _pulse_checks(found: Findings, before: Findings | None) -> Tile:
    rows = found.source_rows.get("log_pulse_checks")
    if rows is None:
        return Tile("Pulse checks used", "none", "", ("this run counted none",))
    raw, used = rows.get("raw", 0), rows.get("used", 0)
    last = before.source_rows.get("log_pulse_checks") if before else None
    return Tile(
        "Pulse checks used",
        f"{used:,}",
        f"of {raw:,}",
        (
            f"{raw - used:,} quarantined; target 0",
            f"last run {last.get('used', 0):,} of {last.get('raw', 0):,}" if last else "first run",
        ),
        "" if not raw else "warn" if used < raw else "pass",
    )


def _sessions(found: Findings, patients: Published) -> Tile:
    """Active and complete sessions are not published; how far patients have come is."""
    rows = found.source_rows.get("log_sessions", {})
    first, last = (
        next((week for week in patients.trends.get("composite", ()) if week.week == wanted), None)
        for wanted in (0, charts.LAST_WEEK)
    )
    told = [
        f"{words.number(week.patients)} patients answered in week {week.week}"
        for week in (first, last)
        if week
    ]
    used = rows.get("used")
    return Tile("Sessions used", "none" if used is None else f"{used:,}", "", tuple(told))


def _freshness(found: Findings) -> Tile:
    """The newest row's hour is one person's: only whether its rule holds is known here."""
    rule = next((rule for rule in found.rules if rule.rule_id == FRESHNESS), None)
    status = rule.status if rule else "skipped"
    value = {"pass": "on time", "warn": "late", "fail": "late", "not_applicable": "none"}
    return Tile(
        "Newest pulse check",
        value.get(status, "not checked"),
        "",
        ("limit 3 days while journeys run", f"rule {FRESHNESS}; its hour is not published"),
        {"pass": "pass", "not_applicable": ""}.get(status, "warn"),
    )


# What needs attention ------------------------------------------------------------------------


def _card(rule: Rule, past: History) -> Card:
    of_rule = past.rules[rule.rule_id]
    failing = "could not be checked"
    if rule.failing is not None:
        failing = f"{rule.failing:,}"
        if rule.checked:
            failing += f" of {rule.checked:,}"
        if rule.checked and rule.failing <= rule.checked:
            failing += f" ({words.percent(rule.failing, rule.checked, 2)})"
    runs = words.last_runs(of_rule)
    return Card(
        rule=rule,
        where=f"{rule.tested}: {rule.columns}" if rule.columns else rule.tested,
        failing=failing,
        since=words.since(of_rule, past),
        strip=charts.strip(of_rule.statuses, runs),
        runs=runs,
        query=_dedented(rule.query or ""),
    )


def _dedented(query: str) -> str:
    lines = [line.rstrip() for line in query.splitlines() if line.strip()]
    indent = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    return "\n".join(line[indent:] for line in lines)


def _named(found: Findings, past: History) -> list[Rule]:
    fixed = set(past.changed("fixed"))
    return [rule for rule in found.rules if rule.rule_id in fixed]


# How sound the data are ----------------------------------------------------------------------


def _kinds(found: Findings) -> list[tuple[str, list[tuple[int, int]]]]:
    """Category, then for verification and validation: rules that hold, applicable rules."""
    whole = Counter((rule.category, rule.context) for rule in found.applicable)
    holding = Counter(
        (rule.category, rule.context) for rule in found.applicable if rule.status == "pass"
    )
    return [
        (
            category,
            [
                (holding[category, context], whole[category, context])
                for context in ("verification", "validation")
            ],
        )
        for category in ("conformance", "completeness", "plausibility")
    ]


def _flows(found: Findings) -> list[tuple[str, int, int, int, str, bool]]:
    """Table, raw, used, quarantined, by which reasons, whether the sum is right."""
    flows = []
    for table, outcomes in found.source_rows.items():
        reasons = {name: rows for name, rows in outcomes.items() if name not in ("raw", "used")}
        raw, used = outcomes.get("raw", 0), outcomes.get("used", 0)
        aside = sum(reasons.values())
        told = ", ".join(f"{rows:,} {name}" for name, rows in reasons.items())
        flows.append((table, raw, used, aside, told, raw == used + aside))
    return flows
