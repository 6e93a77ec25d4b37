"""`journey report --funnels FILE`: practitioners side by side, for those who may read `marts`.

The file is of one user only (mode 600), stands where the caller says, and is no part of the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from markupsafe import Markup

from wellness_journey.errors import UsageError
from wellness_journey.report import amounts
from wellness_journey.report.funnel_chart import Dot, funnel
from wellness_journey.report.rendering import rendered

MEASURES = {
    "pulse_check_adherence_pct": ("Pulse checks answered", "%"),
    "assessment_adherence_pct": ("Assessments taken", "%"),
    "overall_compliance_score": ("Compliance score", "points"),
    "composite_slope_per_30_days": ("Slope of the composite", "points per 30 days"),
    "phq9_response_pct": ("PHQ-9: response at 90 days", "%"),
    "phq9_reliable_deterioration_pct": ("PHQ-9: got worse at 90 days", "%"),
    "gad7_response_pct": ("GAD-7: response at 90 days", "%"),
    "gad7_reliable_deterioration_pct": ("GAD-7: got worse at 90 days", "%"),
}
CLASSES = {
    "as_expected": "as expected",
    "above_95": "above the 95 % limit",
    "above_998": "above the 99.8 % limit",
    "below_95": "below the 95 % limit",
    "below_998": "below the 99.8 % limit",
    "not_computable": "not computable",
}
COLUMNS = (
    "practitioner_id, measure, funnel_class, compared_patients, compared_value, expected_value, "
    "lower_998, lower_95, upper_95, upper_998"
)


@dataclass(frozen=True)
class Row:
    """A practitioner's comparison; values and limits are NULL where nothing is compared."""

    practitioner_id: UUID
    measure: str
    funnel_class: str
    patients: int
    value: Decimal | None
    expected: Decimal | None
    lower_998: Decimal | None
    lower_95: Decimal | None
    upper_95: Decimal | None
    upper_998: Decimal | None


@dataclass(frozen=True)
class Funnel:
    """One measure: its words, its picture (none where nobody is in it) and its table."""

    title: str
    unit: str
    finding: str
    chart: Markup | None
    rows: Sequence[Sequence[str]]


def read(connection: psycopg.Connection[Any], practitioner: UUID | None) -> list[Row]:
    """All rows, or those of one practitioner.

    The order is that of patients and keys: no practitioner stands before another for a value.

    Raises:
        UsageError: the practitioner has no session.
    """
    found = connection.execute(
        f"select {COLUMNS} from marts.fct_practitioner_benchmarks "  # noqa: S608, our own columns
        "where %(only)s::uuid is null or practitioner_id = %(only)s "
        "order by measure, compared_patients desc, practitioner_id",
        {"only": practitioner},
    ).fetchall()
    if not found:
        raise UsageError(
            "marts.fct_practitioner_benchmarks has no row of that practitioner: see "
            "practitioner_id of marts.dim_sessions, or build the marts with `journey run`"
        )
    return [Row(*row) for row in found]


def page(rows: Sequence[Row], as_of: date | None, *, is_own: bool) -> str:
    """The page: one funnel a measure, without scripts or anything to load."""
    return rendered(
        "funnels.html.j2",
        as_of=as_of,
        is_own=is_own,
        funnels=[_funnel(measure, rows) for measure in MEASURES],
    )


def _funnel(measure: str, rows: Iterable[Row]) -> Funnel:
    title, unit = MEASURES[measure]
    own = [row for row in rows if row.measure == measure]
    judged = [row for row in own if row.funnel_class != "not_computable"]
    places = 2 if "slope" in measure else 1
    finding = _finding(judged, len(own))
    return Funnel(
        title,
        unit,
        finding,
        funnel([_dot(row) for row in judged], f"{title}. {finding}") if judged else None,
        [_cells(row, places) for row in own],
    )


def _finding(judged: Sequence[Row], practitioners: int) -> str:
    if not judged:
        return "Not computable: too few patients, or too few other practitioners."
    if practitioners == 1:
        (own,) = judged
        worth = "" if own.funnel_class == "as_expected" else ": a reason to look"
        return f"{CLASSES[own.funnel_class].capitalize()}{worth}."
    beyond = sum(row.funnel_class != "as_expected" for row in judged)
    told = f"{len(judged)} of {amounts.many(practitioners, 'practitioner')} can be compared: "
    return f"{told}{beyond or 'none'} beyond a limit{', a reason to look' if beyond else ''}."


def _dot(row: Row) -> Dot:
    ends = (row.value, row.lower_998, row.lower_95, row.upper_95, row.upper_998)
    nought = Decimal(0)
    return Dot(row.patients, *(float((end or nought) - (row.expected or nought)) for end in ends))


def _cells(row: Row, places: int) -> list[str]:
    if row.value is None or row.expected is None:
        return [str(row.practitioner_id), str(row.patients), "", "", "", CLASSES[row.funnel_class]]
    has_limits = row.lower_95 is not None
    return [
        str(row.practitioner_id),
        str(row.patients),
        amounts.rounded(row.value, places),
        amounts.rounded(row.expected, places),
        amounts.interval(row.lower_95, row.upper_95, places) if has_limits else "",
        CLASSES[row.funnel_class],
    ]
