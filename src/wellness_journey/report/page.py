"""`index.html`: the last run as one page, without scripts, requests or anything to load."""

from __future__ import annotations

from collections import Counter
from importlib.metadata import version
from urllib.parse import quote

from wellness_journey.report import (
    curve_figures,
    figures,
    follow_up_figures,
    group_figures,
    words,
)
from wellness_journey.report.cards import card
from wellness_journey.report.findings import Findings, Rule
from wellness_journey.report.history import History
from wellness_journey.report.reading import ForPage, Reading
from wellness_journey.report.rendering import rendered
from wellness_journey.report.tiles import tiles

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


def page(read: Reading, more: ForPage) -> str:
    """The page of the run that was read."""
    found, past, patients = read.found, read.past, more.patients
    skipped = [rule for rule in found.attention if rule.status == "skipped"]
    problems = [rule for rule in found.attention if rule.status != "skipped"]
    return rendered(
        "page.html.j2",
        found=found,
        past=past,
        icon=_icon(found.verdict),
        symbols=_SYMBOLS,
        told=_TOLD,
        engines=words.ENGINES,
        headline=words.headline(found),
        advice=words.advice(found),
        tiles=tiles(found, more.before, patients),
        cards=[card(rule, past) for rule in problems[:_CARDS]],
        more=len(problems[_CARDS:]),
        skipped=skipped,
        fixed=_named(found, past),
        trends=figures.trends(patients),
        attrition=group_figures.attrition(patients),
        leaving=group_figures.leaving(patients),
        extremes=group_figures.extremes(patients),
        compliance=figures.compliance(patients),
        flags=[figures.flags(rule, patients) for rule in patients.review_rules if rule.is_enabled],
        rules_off=words.rules_off(patients.review_rules),
        outcomes=figures.outcomes(patients),
        curves=curve_figures.curves(patients),
        remission=words.remission(),
        changes=follow_up_figures.changes(patients),
        follow_ups=follow_up_figures.follow_ups(patients),
        kinds=_kinds(found),
        scores=figures.scores(past),
        rows=words.ROWS,
        quarantined=words.quarantined,
        target=words.TARGET,
        versions=_versions(more.server),
    )


def _icon(verdict: str) -> str:
    """The verdict on the browser's tab, as a data address."""
    return "data:image/svg+xml," + quote(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
        f'<circle cx="8" cy="8" r="8" fill="{_COLORS[verdict]}"/></svg>'
    )


def _versions(server: str) -> list[str]:
    """What made the page."""
    return [*(f"{name} {version(name)}" for name in _PACKAGES), f"PostgreSQL {server}"]


def _named(found: Findings, past: History) -> list[Rule]:
    fixed = set(past.changed("fixed"))
    return [rule for rule in found.rules if rule.rule_id in fixed]


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
