"""The tables by one attribute of the sessions equal the reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import attributes
import other_shape
import reference
import reference_groups
from adopted import adopted, project
from attributes import ATTRIBUTE
from builds import NO_TESTS, build
from cohorts import Cohort
from database import Connection
from nightly import nightly
from wellness_journey.cohort import seed
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

WEEKS = (
    "select metric, week_post_session, patient_group, patients, mean, standard_deviation, ci_lower,"
    " ci_upper from published.rpt_pulse_trends_by_week_and_group"
)
OUTCOMES = (
    "select instrument, outcome_window_days, patient_group, patients, mean_change,"
    " change_standard_deviation, change_ci_lower, change_ci_upper, baseline_mean,"
    " eligible_observed, responders, response_observed_pct, response_observed_ci_lower_pct,"
    " response_observed_ci_upper_pct, is_withheld, is_baseline_withheld, is_response_withheld"
    " from published.rpt_outcomes_by_group"
)
# What a session has by its number: most a value, some none, two, or one that is not listed.
MIXED = {0: ["N"], 1: ["S"], 2: ["S", "S2"], 3: ["N", "S"], 4: [], 5: ["X"], 6: ["S2", "X"]}


def values_of(number: int, patient: int, kind: str) -> list[str]:
    """The values of a session."""
    return MIXED[number % len(MIXED)] if kind == "mixed" else ["N" if patient % 2 else "S"]


@pytest.fixture(scope="module", params=[nightly(("even", 11)), nightly(("even", 5)), ("mixed", 1)])
def clinic(
    request: pytest.FixtureRequest,
    built: str,
    copy_of: Callable[[str], Target],
    own_copy_of: Callable[[str], Target],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Connection, Cohort, dict[str, str], int]]:
    """The synthetic people with sites, built: the database, the reference's rows, each patient's
    group, the threshold."""
    kind, min_cell = request.param
    variables = {
        "input_schema": other_shape.SCHEMA,
        "attribute": attributes.NAMED,
        "min_cell": min_cell,
    }
    root: Path = project(tmp_path_factory.mktemp("attribute"), variables).root
    target, source = own_copy_of("template0"), copy_of(built)
    with settings.connect(target, autocommit=True) as connection:
        other_shape.make(connection)
        attributes.make(connection)
    other_shape.move(source, target)
    with (
        settings.connect(source) as there,
        settings.connect(target, autocommit=True) as connection,
    ):
        numbered = there.execute(
            "select session_id, row_number() over (order by session_date, session_id),"
            " dense_rank() over (order by patient_id) from public.log_sessions"
        ).fetchall()
        values = {key: values_of(number, patient, kind) for key, number, patient in numbered}
        attributes.give(
            connection, ((number, value) for key, number, _ in numbered for value in values[key])
        )
        adopted(target, root, other_shape.SCHEMA)
        # With a lower threshold rounded counts break rules of quality.
        tests = () if min_cell == 11 else NO_TESTS
        assert build(target, seed.SEED_AS_OF, *tests, root=root).not_built == ()
        failed = "select check_name from quality.check_results where status in ('fail', 'error')"
        assert connection.execute(failed).fetchall() == []
        cohort = Cohort(there, seed.SEED_AS_OF)
        groups = reference_groups.group_of(cohort.sessions, values, ATTRIBUTE.values)
        yield connection, cohort, groups, min_cell


def rows(connection: Connection, query: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    return {row[:3]: row[3:] for row in connection.execute(query.encode())}


def test_weeks_by_group(clinic: tuple[Connection, Cohort, dict[str, str], int]) -> None:
    """rpt_pulse_trends_by_week_and_group equals the reference in every row and column."""
    connection, cohort, groups, min_cell = clinic
    days = {
        session.session_id: reference.pulse_days(
            session, cohort.pulse_checks[session.session_id], cohort.as_of
        )
        for session in cohort.sessions
    }
    expected = reference_groups.week_rows(
        days, cohort.sessions, cohort.as_of, groups, ATTRIBUTE.groups, min_cell, cohort.ends
    )
    found = rows(connection, WEEKS)
    assert found == expected
    assert len(found) == 5 * 26 * 4
    assert sum(row[0] is not None for row in found.values()) > 40


def test_outcomes_by_group(clinic: tuple[Connection, Cohort, dict[str, str], int]) -> None:
    """rpt_outcomes_by_group equals the reference in every row and column."""
    connection, cohort, groups, min_cell = clinic
    expected = reference_groups.outcome_rows_by_group(
        cohort.sessions,
        cohort.integration_sessions,
        cohort.as_of,
        groups,
        ATTRIBUTE.groups,
        min_cell,
    )
    found = rows(connection, OUTCOMES)
    assert found == expected
    assert len(found) == 15 * 4
    assert min_cell == 11 or sum(row[0] is not None for row in found.values()) > 4


def test_every_value_is_used_or_set_aside(
    clinic: tuple[Connection, Cohort, dict[str, str], int],
) -> None:
    """A value that is not listed, and two that differ, are no value; each row is counted."""
    connection, *_, min_cell = clinic
    reasons = connection.execute(
        "select s.site, v.quarantine_reason from app.sites as s"
        " inner join staging.stg_session_attributes as v"
        " on v.session_id = intake.derived_key('session_id', s.dosing::text)"
        " where s.dosing % 7 in (2, 3, 5) and v.quarantine_reason is distinct from"
        " 'session_set_aside' group by 1, 2"
    ).fetchall()
    if min_cell == 1:
        assert set(reasons) == {
            ("S", None),
            ("S2", None),
            ("N", "several_values"),
            ("S", "several_values"),
            ("X", "unknown_value"),
        }
    fates = connection.execute(
        "select outcome, rows from intermediate.cross_check_source_rows"
        " where source_table = 'log_session_attributes'"
    ).fetchall()
    raw = dict(fates).pop("raw")
    assert raw == connection.execute("select count(*) from app.sites").fetchall()[0][0]
    assert raw == sum(rows for outcome, rows in fates if outcome != "raw")
