"""A clinic whose tables hold one random population at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from database import Connection
from deductions import Shown
from populations import Population
from reference import METRICS
from wellness_journey.cohort.seed import SEED_AS_OF

# In the order in which they read each other.
OF_THE_CHECKS = (
    "intermediate.int_session_weeks",
    "intermediate.cell_compliance_weeks",
    "intermediate.cell_pulse_weeks",
    "intermediate.int_first_months",
    "intermediate.cell_pulse_changes",
    "intermediate.cell_pulse_leaving",
    "intermediate.cell_attrition_weeks",
    "intermediate.shown_attrition_weeks",
    "intermediate.cell_first_months",
    "intermediate.cell_first_month_differences",
    "intermediate.cell_pulse_extremes",
    "intermediate.cell_pulse_days",
    "intermediate.cell_withheld_weeks",
    "published.rpt_compliance_by_week",
    "published.rpt_pulse_trends_by_week",
    "published.rpt_pulse_changes_by_week",
    "published.rpt_pulse_attrition_by_week",
    "published.rpt_first_month_by_leaving",
    "published.rpt_pulse_extremes_by_week",
    "published.rpt_pulse_trends_by_day",
)

MODELS = (
    "intermediate.int_assessment_changes",
    "intermediate.int_outcome_windows",
    "marts.fct_assessments",
    "intermediate.int_window_counts",
    "intermediate.int_drop_spans",
    "intermediate.int_below_baseline_spans",
    "intermediate.int_silence_spans",
    "intermediate.int_worsening_spans",
    "intermediate.int_review_spans",
    "intermediate.int_review_weeks",
    "intermediate.cell_review_weeks",
    "intermediate.cell_assessment_outcomes",
    "intermediate.shown_assessment_outcomes",
    "intermediate.cell_outcome_people",
    "intermediate.cell_outcome_changes",
    "intermediate.cell_outcome_means",
    "intermediate.cell_outcome_overlaps",
    "intermediate.cell_outcome_groups",
    "intermediate.cell_follow_up_people",
    "intermediate.cell_follow_up_answers",
    "intermediate.cell_follow_up_means",
    "intermediate.cell_follow_up_overlaps",
    "intermediate.shown_outcome_changes",
    "intermediate.int_outcome_courses",
    "intermediate.cell_curve_windows",
    "intermediate.cell_outcome_curves",
    "intermediate.shown_outcome_curves",
    *OF_THE_CHECKS,
    "published.rpt_assessment_outcomes",
    "published.rpt_outcome_changes",
    "published.rpt_outcome_curves",
    "published.rpt_review_flags",
)

# Of journeys whose last outcome window is over.
OF_FOLLOW_UPS = ("published.rpt_baseline_by_follow_up",)

# By group of patients, of a clinic that names an attribute.
OF_GROUPS = (
    "intermediate.cell_group_composites",
    "intermediate.cell_group_weeks",
    "intermediate.cell_group_outcomes",
    "intermediate.cell_group_overlaps",
    "published.rpt_pulse_trends_by_week_and_group",
    "published.rpt_outcomes_by_group",
)

# What is withheld must do without the rounding of what is shown: it is tried with exact counts.
EXACTLY = """
    update intermediate.ref_published_precision
    set count_step = 1, mean_step = 0.01, deviation_step = 0.01, share_step_pct = 0.1
"""

# All populations end within them.
WEEKS = 7

QUESTIONS = METRICS[:-1]


@dataclass
class Clinic:
    """A database whose tables hold one population at a time, built by the models' own SQL."""

    connection: Connection
    queries: dict[str, str] = field(repr=False)

    def hold(
        self,
        population: Population,
        models: Iterable[str] = MODELS,
        groups: Iterable[str] = (),
    ) -> None:
        run = self.connection.execute
        run(
            "truncate marts.dim_sessions, intermediate.int_sessions, "
            "intermediate.int_pulse_days, intermediate.int_assessments"
        )
        people = [(UUID(int=number), patient) for number, patient in enumerate(population)]
        self.copy(
            "marts.dim_sessions (session_id, patient_id, days_elapsed, session_date)",
            ((key, key, one.last, SEED_AS_OF - timedelta(days=one.last)) for key, one in people),
        )
        run(
            "insert into intermediate.int_sessions (session_id, patient_id, session_date) "
            "select session_id, patient_id, session_date from marts.dim_sessions"
        )
        self.copy(
            "intermediate.int_pulse_days (session_id, days_post_session, answers_given, "
            "connection_level, sleep_quality, mood_level, energy_level)",
            (
                (
                    key,
                    day,
                    size,
                    *(1 + key.int * (day + k) % 5 if k < size else None for k in range(4)),
                )
                for key, one in people
                for day, size in one.answers.items()
            ),
        )
        run(
            "update intermediate.int_pulse_days set composite = (connection_level + sleep_quality "
            "+ mood_level + coalesce(energy_level, 0))::numeric / answers_given "
            "where answers_given >= 3"
        )
        self.copy(
            "intermediate.int_assessments (integration_session_id, session_id, instrument, "
            "days_post_session, score)",
            (
                (UUID(int=1000 * day + key.int), key, "PHQ-9", day, score)
                for key, one in people
                for day, score in one.scores.items()
            ),
        )
        run("truncate intermediate.int_patient_groups")
        self.copy(
            "intermediate.int_patient_groups (patient_id, patient_group, source_rows)",
            ((UUID(int=number), group, 1) for number, group in enumerate(groups)),
        )
        for table in models:
            run(f"truncate {table}".encode())
            run(self.queries[table].encode())

    def copy(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with (
            self.connection.cursor() as cursor,
            cursor.copy(f"copy {table} from stdin".encode()) as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode()).fetchall()


def seen(clinic: Clinic) -> Shown:
    """What the tables show when all answer everything: then metrics do not matter.

    The days that were due, observed and missed are not published, but known here with the patients
    and with the share.
    """
    by_day: dict[str, dict[int, int | None]] = defaultdict(dict)
    for metric, day, patients in clinic.rows(
        "select metric, days_post_session, patients from published.rpt_pulse_trends_by_day"
    ):
        by_day[metric][day] = patients
    assert all(counts == by_day["mood"] for counts in by_day.values())
    shown: dict[str, int | None] = {f"x{day}": count for day, count in by_day["mood"].items()}

    def show(names: Iterable[str], query: str) -> None:
        for suffix, *numbers in clinic.rows(query):
            shown.update((f"{n}{suffix}", k) for n, k in zip(names, numbers, strict=True))

    show(
        ["n"],
        "select week_post_session, patients from published.rpt_pulse_trends_by_week "
        "where metric = 'mood'",
    )
    show(
        ["same"],
        "select week_post_session, patients from published.rpt_pulse_changes_by_week "
        "where metric = 'mood'",
    )
    show(
        ["still"],
        "select week_post_session, still_answering from published.rpt_pulse_attrition_by_week "
        "where is_due",
    )
    for answer in (1, 5):
        show(
            [f"share_of_{answer}_in"],
            "select week_post_session, (100 * share_pct)::integer "
            "from published.rpt_pulse_extremes_by_week "
            f"where question = 'mood' and answer = {answer}",
        )
    show(
        ["due", "patients", "expected", "observed", "missed"],
        "select week_post_session, is_due::integer, shown.patients, "
        "case when shown.patients is not null then coalesce(expected_days, 0) end, "
        "case when not is_share_withheld then coalesce(observed_days, 0) end, "
        "case when not is_share_withheld then coalesce(missed_days, 0) end "
        "from published.rpt_compliance_by_week as shown "
        "left join intermediate.cell_compliance_weeks using (week_post_session)",
    )
    for (rule,) in clinic.rows("select rule from published.ref_review_rules"):
        show(
            [rule, f"{rule}_flagged", f"{rule}_by_chance"],
            "select week_post_session, patients, sessions_flagged, sessions_flagged_by_chance "
            "from published.rpt_review_flags "
            f"where rule = '{rule}'",
        )
    show(
        [
            *("scored", "with_change", "deteriorated", "improved"),
            *("eligible", "eligible_observed", "responders", "remitted"),
        ],
        "select outcome_window_days, patients, with_change, reliably_deteriorated, "
        "reliably_improved, eligible, eligible_observed, responders, remitted "
        "from published.rpt_assessment_outcomes where instrument = 'PHQ-9'",
    )
    show(
        ["with_baseline", "eligible_important", "eligible_improved", "recovered"],
        "select outcome_window_days, with_baseline, eligible_important, eligible_improved, "
        "recovered from published.rpt_outcome_changes where instrument = 'PHQ-9'",
    )
    show(
        ["rounded_at_risk", "rounded_events"],
        "select outcome_window_days, at_risk, events from published.rpt_outcome_curves "
        "where instrument = 'PHQ-9' and event = 'response'",
    )
    return shown
