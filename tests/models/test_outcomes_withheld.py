"""No small group follows from the outcomes that are shown."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import numpy as np
import pytest

import outcome_kinds
import own_sql
import reference_outcome_rows
import rows
from cohorts import Cohort
from increments import run
from nightly import nightly
from reference_outcome_rows import GROUPS, Choice
from reference_outcomes import INSTRUMENTS, WINDOWS
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target, connect

PUBLISHED = "select * from published.rpt_assessment_outcomes"


def kinds(name: str) -> list[tuple[Choice, int | None, int | None]]:
    """One patient of every kind that the instrument's groups tell apart, with both scores."""
    found: dict[tuple[bool, ...], tuple[Choice, int | None, int | None]] = {}
    for before, now, judged in outcome_kinds.scores(name):
        chosen = reference_outcome_rows.choices(
            name, 30, [outcome_kinds.SESSION], {"s": judged}, outcome_kinds.AS_OF
        )
        for choice in chosen.values():
            sets = reference_outcome_rows.groups(name, {"p": choice})
            found[tuple(bool(sets[group]) for group in GROUPS)] = choice, before, now
    return list(found.values())


@pytest.mark.parametrize("name", list(INSTRUMENTS))
def test_no_small_group_can_be_computed_from_a_row(name: str) -> None:
    """No sum or difference of what a row shows is the size of a group of 1 to 10 patients."""
    all_kinds = [choice for choice, _, _ in kinds(name)]
    rng = random.Random(4)
    seen: Counter[str] = Counter()
    for _ in range(400):
        counts = [rng.choice([0, 0, 1, 3, 8, 10, 11, 12, 25, 60, 200]) for _ in all_kinds]
        chosen = {
            f"{kind}-{number}": choice
            for kind, choice in enumerate(all_kinds)
            for number in range(counts[kind])
        }
        sets = reference_outcome_rows.groups(name, chosen)
        shown = reference_outcome_rows.shown(name, sets, 11)
        seen.update(shown)
        if not shown:
            continue
        rows = np.array(
            [
                [
                    float(bool(reference_outcome_rows.groups(name, {"p": choice})[group]))
                    for choice in all_kinds
                ]
                for group in shown
            ]
        )
        sizes = outcome_kinds.spanned(rows) @ np.array(counts)
        assert not ((sizes > 0.5) & (sizes < 10.5)).any()
    defined = {"PHQ-9": 8, "GAD-7": 8, "PSQI": 7, "WHOQOL-BREF": 1}
    assert len(seen) == defined[name]


@pytest.mark.parametrize("seed", [1, nightly(2)])
def test_random_populations_are_withheld_as_in_the_reference(
    migrated: str, own_copy_of: Callable[[str], Target], seed: int
) -> None:
    """Groups around the threshold, one patient in six with two sessions: shown as by sets."""
    rng = random.Random(seed)
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
        assert found == reference_outcome_rows.outcome_rows(
            cohort.sessions, cohort.integration_sessions, SEED_AS_OF
        )
    shown = Counter(flag for row in found.values() for flag in row[-8:])
    assert min(shown[True], shown[False]) > 20


def deciding_populations(name: str) -> dict[reference_outcome_rows.Rule, list[tuple[Any, ...]]]:
    """For each rule of withholding a population in which it alone withholds a group."""
    rng = random.Random(5)
    all_kinds = kinds(name)
    rules = reference_outcome_rows.parts_of(name)
    found: dict[reference_outcome_rows.Rule, list[tuple[Any, ...]]] = {}
    for _ in range(1000):
        sizes = rng.choice([[1, 3, 10, 11, 14], [0, 0, 0, 1, 3, 7, 12, 30], [0, 0, 0, 0, 4, 25]])
        people = [kind for kind in all_kinds for _ in range(rng.choice(sizes))]
        chosen = {str(number): kind[0] for number, kind in enumerate(people)}
        sets = reference_outcome_rows.groups(name, chosen)
        usual = reference_outcome_rows.shown(name, sets, 11)
        for rule in rules:
            others = [other for other in rules if other != rule]
            if rule not in found and reference_outcome_rows.shown(name, sets, 11, others) != usual:
                found[rule] = people
    return found


def test_each_rule_of_withholding_is_in_the_model(
    built: str, own_copy_of: Callable[[str], Target]
) -> None:
    """Where one rule alone withholds a group, the model's own SQL withholds it, too."""
    target = own_copy_of(built)
    names = [step.split(".")[1] for step in STEPS]
    run(target, SEED_AS_OF, "--select", *names, "rpt_assessment_outcomes")
    query = own_sql.query_of("rpt_assessment_outcomes")
    with connect(target) as connection:
        for name in INSTRUMENTS:
            for rule, people in deciding_populations(name).items():
                fill(connection, name, people)
                own_sql.build(connection, STEPS)
                rows = connection.execute(query.encode()).fetchall()
                chosen = {str(number): kind[0] for number, kind in enumerate(people)}
                expected = reference_outcome_rows.outcome_row(name, 30, chosen)
                assert expected in rows, f"{name}: {rule}"


# From judged assessments to what may be shown, in the order in which they read each other.
STEPS = (
    "intermediate.int_outcome_windows",
    "intermediate.cell_assessment_outcomes",
    "intermediate.shown_assessment_outcomes",
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
            "response_class, remission_class, reliable_change_class, score, outcome_window_days, "
            "is_baseline) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s)",
            judged,
        )
