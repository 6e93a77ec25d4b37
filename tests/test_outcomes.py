"""Assessments, outcomes, session trends and weekly compliance equal the reference."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import astuple, fields
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import count, product
from typing import Any
from uuid import UUID

import numpy as np
import pytest

import reference
import reference_courses
import reference_outcomes
import rows
from cohorts import Cohort
from conftest import COMPILED, nightly
from increments import run
from reference_outcomes import GROUPS, INSTRUMENTS, WINDOWS, Assessment, Choice
from wellness_journey.seed import SEED_AS_OF
from wellness_journey.settings import Target, connect

DAY_0 = date(2026, 2, 1)
PUBLISHED = "select * from published.rpt_assessment_outcomes"


def test_instruments(cohort: Cohort) -> None:
    """The seeds say what the reference, written from the definitions, says."""
    found = cohort.rows(
        "select instrument, is_higher_better, caseness_score, reliable_change, "
        "response_share, remission_score, lowest_score, highest_score from marts.ref_instruments"
    )
    highest = {"PHQ-9": 27, "GAD-7": 21, "PSQI": 21, "WHOQOL-BREF": 100}
    assert {row[0]: row[1:] for row in found} == {
        name: (
            one.better_is > 0,
            one.caseness,
            one.reliable_change,
            Fraction(1, 2) if one.has_response else None,
            one.highest_remission,
            0,
            highest[name],
        )
        for name, one in INSTRUMENTS.items()
    }
    bands = cohort.rows(
        "select instrument, band, lowest_score, highest_score from marts.ref_severity_bands"
    )
    assert set(bands) == {
        (name, band, scores[0], scores[-1])
        for name, one in INSTRUMENTS.items()
        for band, scores in (one.bands or {}).items()
    }
    windows = cohort.rows("select window_days, first_day, last_day from marts.ref_outcome_windows")
    assert {row[0]: row[1:] for row in windows} == WINDOWS


def test_every_score_has_one_band(cohort: Cohort) -> None:
    """Bands cover an instrument's range without a gap or an overlap; WHOQOL-BREF has none."""
    found = cohort.rows(
        """
        select instrument, score, count(band)
        from marts.ref_instruments as instruments
        cross join lateral generate_series(
            instruments.lowest_score, instruments.highest_score
        ) as score
        left join marts.ref_severity_bands as bands using (instrument)
        where band is null or score between bands.lowest_score and bands.highest_score
        group by instrument, score
        """
    )
    assert len(found) == 28 + 22 + 22 + 101
    assert {(row[0] == "WHOQOL-BREF", row[2]) for row in found} == {(True, 0), (False, 1)}


def test_assessments(cohort: Cohort) -> None:
    """fct_assessments equals the reference in every row and column."""
    columns = ", ".join(field.name for field in fields(Assessment))
    found = {row[0]: row for row in cohort.rows(f"select {columns} from marts.fct_assessments")}
    expected = {
        row.integration_session_id: astuple(row)
        for session in cohort.sessions
        for row in reference_outcomes.assessments(
            session, cohort.integration_sessions[session.session_id]
        )
    }
    assert found == expected
    assert found


def test_assessment_outcomes(cohort: Cohort) -> None:
    """rpt_assessment_outcomes equals the reference in every row and column."""
    found = {row[:2]: row for row in cohort.rows(PUBLISHED)}
    expected = reference_outcomes.outcome_rows(
        cohort.sessions, cohort.integration_sessions, cohort.as_of
    )
    assert found == expected
    assert len(found) == 15


@pytest.mark.parametrize("min_cell", [2, nightly(3)])
def test_assessment_outcomes_with_smaller_cells(
    built: str, own_copy_of: Callable[[str], Target], min_cell: int
) -> None:
    """With a lower threshold more is shown, still as in the reference; the threshold is one."""
    target = own_copy_of(built)
    variables = f"{{as_of: {SEED_AS_OF.isoformat()}, min_cell: {min_cell}}}"
    models = ("cells", "rpt_assessment_outcomes", "rpt_compliance_by_week")
    run(target, SEED_AS_OF, "--select", *models, "--vars", variables)
    with connect(target, autocommit=True) as connection:
        cohort = Cohort(connection, SEED_AS_OF)
        found = {row[:2]: row for row in cohort.rows(PUBLISHED)}
        assert found == reference_outcomes.outcome_rows(
            cohort.sessions, cohort.integration_sessions, SEED_AS_OF, min_cell
        )
        assert any(row[-1] for row in found.values())
        assert not all(row[-1] for row in found.values() if row[0] != "WHOQOL-BREF")
        assert weeks(cohort) == reference_weeks(cohort, min_cell)


def test_session_trends(cohort: Cohort) -> None:
    """fct_session_trends equals the reference in every session, metric and figure."""
    columns = ", ".join(field.name for field in fields(reference_courses.SessionTrend))
    found = {
        row[:2]: row[1:]
        for row in cohort.rows(f"select session_id, {columns} from marts.fct_session_trends")
    }
    expected = {
        (session.session_id, row.metric): astuple(row)
        for session in cohort.sessions
        for row in reference_courses.session_trends(
            session, pulse_days(cohort, session), cohort.as_of
        )
    }
    assert found == expected
    assert len(found) == 5 * len(cohort.sessions)
    assert any(row[2] is not None for row in found.values())


def test_compliance_by_week(cohort: Cohort) -> None:
    """rpt_compliance_by_week equals the reference in every week and column."""
    found = weeks(cohort)
    assert found == reference_weeks(cohort)
    assert not all(row[-1] for row in found)


def pulse_days(cohort: Cohort, session: reference.Session) -> list[reference.PulseDay]:
    checks = cohort.pulse_checks[session.session_id]
    return reference.pulse_days(session, checks, cohort.as_of)


def weeks(cohort: Cohort) -> list[tuple[Any, ...]]:
    columns = ", ".join(field.name for field in fields(reference_courses.ComplianceWeek))
    return cohort.rows(f"select {columns} from published.rpt_compliance_by_week order by 1")


def reference_weeks(cohort: Cohort, min_cell: int = 11) -> list[tuple[Any, ...]]:
    days = {session.session_id: pulse_days(cohort, session) for session in cohort.sessions}
    found = reference_courses.compliance_weeks(cohort.sessions, days, cohort.as_of, min_cell)
    return [astuple(row) for row in found]


# Withholding -------------------------------------------------------------------------------------


def kinds(name: str) -> list[tuple[Choice, int | None, int | None]]:
    """One patient of every kind that the instrument's groups tell apart, with both scores."""
    instrument = INSTRUMENTS[name]
    session = reference.Session("s", "t", "p", DAY_0)

    def taken(day: int, score: int) -> reference.IntegrationSession:
        values: dict[str, int | None] = {one.score: None for one in INSTRUMENTS.values()}
        values[instrument.score] = score
        return reference.IntegrationSession(
            integration_session_id=f"i{day}",
            session_id="s",
            session_number=1,
            session_date=DAY_0 + timedelta(days=day),
            session_type=instrument.session_type,
            completed=True,
            created_at=datetime(2026, 2, 1, tzinfo=UTC),
            **values,
        )

    found: dict[tuple[bool, ...], tuple[Choice, int | None, int | None]] = {}
    for before, now in product([None, *range(22)], [None, *range(22)]):
        rows = [taken(day, s) for day, s in ((-1, before), (30, now)) if s is not None]
        judged = {"s": reference_outcomes.assessments(session, rows)}
        chosen = reference_outcomes.choices(name, 30, [session], judged, DAY_0 + timedelta(days=99))
        for choice in chosen.values():
            sets = reference_outcomes.groups(name, {"p": choice})
            found[tuple(bool(sets[group]) for group in GROUPS)] = choice, before, now
    return list(found.values())


@pytest.mark.parametrize("name", list(INSTRUMENTS))
def test_no_small_group_can_be_computed_from_a_row(name: str) -> None:
    """No sum or difference of what a row shows is the size of a group of 1 to 10 patients.

    A group is any union of the kinds of patients that the definitions tell apart; its size can be
    computed when its indicator lies in the span of the groups shown.
    """
    all_kinds = [choice for choice, _, _ in kinds(name)]
    unions = np.array(list(product([0.0, 1.0], repeat=len(all_kinds))))
    rng = random.Random(4)  # noqa: S311, a repeatable draw
    seen: Counter[str] = Counter()
    for _ in range(400):
        counts = [rng.choice([0, 0, 1, 3, 8, 10, 11, 12, 25, 60, 200]) for _ in all_kinds]
        chosen = {
            f"{kind}-{number}": choice
            for kind, choice in enumerate(all_kinds)
            for number in range(counts[kind])
        }
        sets = reference_outcomes.groups(name, chosen)
        shown = reference_outcomes.shown(name, sets, 11)
        seen.update(shown)
        if not shown:
            continue
        rows = np.array(
            [
                [
                    float(bool(reference_outcomes.groups(name, {"p": choice})[group]))
                    for choice in all_kinds
                ]
                for group in shown
            ]
        )
        _, singular, basis = np.linalg.svd(rows, full_matrices=False)
        basis = basis[singular > 1e-9]
        rest = unions - unions @ basis.T @ basis
        computable = unions[np.abs(rest).max(axis=1) < 1e-9]
        sizes = computable @ np.array(counts)
        assert not ((sizes > 0.5) & (sizes < 10.5)).any()
    defined = {"PHQ-9": 8, "GAD-7": 8, "PSQI": 7, "WHOQOL-BREF": 1}
    assert len(seen) == defined[name]


@pytest.mark.parametrize("seed", [1, nightly(2)])
def test_random_populations_are_withheld_as_in_the_reference(
    migrated: str, own_copy_of: Callable[[str], Target], seed: int
) -> None:
    """Groups around the threshold, one patient in six with two sessions: shown as by sets."""
    rng = random.Random(seed)  # noqa: S311, a repeatable draw
    target = own_copy_of(migrated)
    numbers = count(1)
    with connect(target, autocommit=True) as connection, connection.transaction():
        for name, instrument in INSTRUMENTS.items():
            for window in instrument.windows:
                # In half of the populations most kinds of patients are missing.
                sizes = rng.choice([[1, 3, 9, 10, 11, 12, 14], [0, 0, 0, 0, 3, 11, 22]])
                people = [kind for kind in kinds(name) for _ in range(rng.choice(sizes))]
                for _, before, now in people:
                    number = next(numbers)
                    patient = number - 1 if rng.random() < 1 / 6 and number > 1 else number
                    elapsed = WINDOWS[window][1] + rng.randrange(20)
                    session = rows.Session(number, patient=patient)
                    session.create(connection, SEED_AS_OF - timedelta(days=elapsed))
                    for day, score in ((-3, before), (window, now)):
                        if score is not None:
                            session.integration_session(
                                connection,
                                instrument.session_type,
                                session_date=SEED_AS_OF + timedelta(days=day - elapsed),
                                **{instrument.score: score},
                            )
    run(target, SEED_AS_OF, "--select", "+rpt_assessment_outcomes")
    with connect(target, autocommit=True) as connection:
        cohort = Cohort(connection, SEED_AS_OF)
        found = {row[:2]: row for row in cohort.rows(PUBLISHED)}
        assert found == reference_outcomes.outcome_rows(
            cohort.sessions, cohort.integration_sessions, SEED_AS_OF
        )
    shown = Counter(flag for row in found.values() for flag in row[-8:])
    assert min(shown[True], shown[False]) > 20


def deciding_populations(name: str) -> dict[reference_outcomes.Rule, list[tuple[Any, ...]]]:
    """For each rule of withholding a population in which it alone withholds a group."""
    rng = random.Random(5)  # noqa: S311, a repeatable draw
    all_kinds = kinds(name)
    rules = reference_outcomes.parts_of(name)
    found: dict[reference_outcomes.Rule, list[tuple[Any, ...]]] = {}
    for _ in range(1000):
        sizes = rng.choice([[1, 3, 10, 11, 14], [0, 0, 0, 1, 3, 7, 12, 30], [0, 0, 0, 0, 4, 25]])
        people = [kind for kind in all_kinds for _ in range(rng.choice(sizes))]
        chosen = {str(number): kind[0] for number, kind in enumerate(people)}
        sets = reference_outcomes.groups(name, chosen)
        usual = reference_outcomes.shown(name, sets, 11)
        for rule in rules:
            others = [other for other in rules if other != rule]
            if rule not in found and reference_outcomes.shown(name, sets, 11, others) != usual:
                found[rule] = people
    return found


def test_each_rule_of_withholding_is_in_the_model(
    built: str, own_copy_of: Callable[[str], Target]
) -> None:
    """Where one rule alone withholds a group, the model's own SQL withholds it, too."""
    target = own_copy_of(built)
    run(target, SEED_AS_OF, "--select", *STEPS, "rpt_assessment_outcomes")
    query = query_of("rpt_assessment_outcomes")
    with connect(target) as connection:
        for name in INSTRUMENTS:
            for rule, people in deciding_populations(name).items():
                fill(connection, name, people)
                build_steps(connection)
                rows = connection.execute(query.encode()).fetchall()
                chosen = {str(number): kind[0] for number, kind in enumerate(people)}
                expected = reference_outcomes.outcome_row(name, 30, chosen)
                assert expected in rows, f"{name}: {rule}"


# From judged assessments to what may be shown, in the order in which they read each other.
STEPS = ("int_outcome_windows", "cell_assessment_outcomes", "shown_assessment_outcomes")


def query_of(model: str) -> str:
    """What dbt made of a model, for any database."""
    path = next(COMPILED.rglob(f"{model}.sql"))
    return re.sub(r'"\w+"\."(\w+)"\."(\w+)"', r"\1.\2", path.read_text())


def build_steps(connection: Any) -> None:
    """Builds the steps by the models' own SQL."""
    for step in STEPS:
        table = f"intermediate.{step}"
        found = connection.execute(f"select * from {table} limit 0").description
        columns = ", ".join(column.name for column in found)
        connection.execute(f"truncate {table}")
        connection.execute(
            f"insert into {table} ({columns}) select {columns} from ({query_of(step)}) as built"
        )


def fill(connection: Any, name: str, people: list[tuple[Any, ...]]) -> None:
    """A patient with one session for each of `people`, with the rows that the models read."""
    connection.execute("truncate intermediate.int_sessions, intermediate.int_assessment_changes")
    with connection.cursor() as cursor:
        day = SEED_AS_OF - timedelta(days=45)
        cursor.executemany(
            "insert into intermediate.int_sessions (session_id, patient_id, session_date) "
            "values (%s, %s, %s)",
            [(UUID(int=number), UUID(int=number), day) for number in range(len(people))],
        )
        judged = []
        for number, (choice, before, _) in enumerate(people):
            if before is not None:
                first = ("not_follow_up",) * 3
                judged.append((UUID(int=number), name, *first, before, None, True))
            if choice.outcome:
                row = choice.outcome
                classes = (row.response_class, row.remission_class, row.reliable_change_class)
                judged.append((UUID(int=number), name, *classes, row.score, 30, False))
        cursor.executemany(
            "insert into intermediate.int_assessment_changes (session_id, instrument, "
            "response_class, remission_class, reliable_change_class, score, "
            "outcome_window_days, is_baseline) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s)",
            judged,
        )
