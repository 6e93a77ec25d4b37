"""The page's six numbers, each with what it means, and what it was or should be."""

from __future__ import annotations

from dataclasses import dataclass

from wellness_journey.report import amounts, charts, words
from wellness_journey.report.findings import Findings
from wellness_journey.report.published import Published

# Average of 477 articles on diary studies: Wrzus & Neubauer 2023.
DIARY_STUDIES_PCT = 79
FRESHNESS = "PC-012"


@dataclass(frozen=True)
class Tile:
    """A number with what it means, and what it was or should be."""

    label: str
    value: str
    unit: str
    notes: tuple[str, ...]
    status: str = ""


def tiles(found: Findings, before: Findings | None, patients: Published) -> list[Tile]:
    """Of the run `found` and the one `before`."""
    counts = found.counts
    bad = [
        told
        for status, told in (
            ("error", f"{counts['error']} not checked"),
            ("fail", f"{counts['fail']} failed"),
            ("warn", amounts.many(counts["warn"], "warning")),
            ("skipped", f"{counts['skipped']} skipped"),
        )
        if counts[status]
    ]
    worst = "" if found.score is None else "pass" if found.score >= words.TARGET else "warn"
    shown = [week for week in patients.compliance if week.look == "shown"]
    return [
        Tile(
            "Data-quality score",
            amounts.score(found.score),
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
            words.whole_percent(words.average(shown)) if shown else "none",
            "of due days" if shown else "",
            (
                f"mean of {amounts.many(len(shown), 'week')}" if shown else "no week is shown",
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
    last = before.source_rows.get("log_pulse_checks") if before else None
    return Tile(
        "Pulse checks used",
        rows.used,
        f"of {rows.raw}",
        (
            f"{'some' if rows.quarantined else 'none'} quarantined; target none",
            f"last run {last.used} of {last.raw}" if last else "first run",
        ),
        "" if rows.raw == amounts.NONE else "warn" if rows.quarantined else "pass",
    )


def _sessions(found: Findings, patients: Published) -> Tile:
    """Active and complete sessions are not published; how far patients have come is."""
    rows = found.source_rows.get("log_sessions")
    told = []
    for wanted in (0, charts.LAST_WEEK):
        # A week can withhold the composite alone.
        weeks = [w for weeks in patients.trends.values() for w in weeks if w.week == wanted]
        if weeks:
            most = max((week.patients for week in weeks if week.patients is not None), default=None)
            told.append(f"{amounts.number(most)} patients answered in week {wanted}")
    return Tile("Sessions used", rows.used if rows else amounts.NONE, "", tuple(told))


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
