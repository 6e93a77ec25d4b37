"""What a clinic sets in ref_review_rules takes effect with the next run."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from builds import build
from checkout import Checkout
from cohorts import Cohort
from database import Connection
from flag_rows import flags, reference_of_flags, reference_of_weeks, weeks
from increments import TODAY, dump, made
from nightly import in_nightly
from wellness_journey.database.settings import Target

# Each is built from the rules that are on.
OF_THE_RULES = {
    "intermediate.int_below_baseline_spans",
    "intermediate.int_drop_spans",
    "intermediate.int_review_spans",
    "intermediate.int_review_weeks",
    "intermediate.int_silence_spans",
    "intermediate.int_worsening_spans",
    "marts.fct_review_flags",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, whose seeds may be changed."""
    return Checkout(tmp_path).root


def run(target: Target, project: Path, *arguments: str) -> None:
    quick = ("--exclude-resource-type", "test")
    assert build(target, TODAY, *quick, *arguments, root=project).not_built == ()


def set_rules(project: Path, **values: dict[str, Any]) -> None:
    """Change columns of rules as a clinic does, in the seed."""
    seed = project / "dbt_project" / "seeds" / "ref_review_rules.csv"
    with seed.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update(values.get(row["rule"], {}))
    with seed.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def equals_full_refresh(target: Target, project: Path, database: Connection) -> None:
    found = dump(database)
    run(target, project, "--full-refresh")
    expected = dump(database)
    assert found.keys() == expected.keys()
    for table, rows in expected.items():
        assert found[table] == rows, table


@in_nightly
def test_a_rule_that_is_switched_off_has_no_rows_from_the_next_run_on(
    target: Target, database: Connection, project: Path
) -> None:
    """Only what is made of the rules is built whole; switched on again, all is as it was."""
    run(target, project)
    before, tables = dump(database), made(database)
    set_rules(project, drop={"is_enabled": "false"}, gad7_worsening={"is_enabled": "false"})
    run(target, project)
    assert {name for name, oid in made(database).items() if tables[name] != oid} == OF_THE_RULES
    cohort = Cohort(database, TODAY)
    off = {"drop", "gad7_worsening"}
    assert flags(cohort) == {
        key: row for key, row in reference_of_flags(cohort).items() if key[1] not in off
    }
    assert weeks(cohort, rules=3) == {
        key: row for key, row in reference_of_weeks(cohort).items() if key[0] not in off
    }
    equals_full_refresh(target, project, database)
    set_rules(project, drop={"is_enabled": "true"}, gad7_worsening={"is_enabled": "true"})
    run(target, project)
    assert dump(database) == before


@in_nightly
def test_another_level_flags_others_from_the_next_run_on(
    target: Target, database: Connection, project: Path
) -> None:
    """At the level of 10 % fewer are flagged, and fewer are expected by chance."""
    at_20 = flags(Cohort(database, TODAY))
    set_rules(project, drop={"false_alarm_pct": 10}, below_baseline={"false_alarm_pct": 10})
    run(target, project)
    cohort = Cohort(database, TODAY)
    found = flags(cohort)
    expected = {
        **{key: row for key, row in at_20.items() if key[1] not in ("drop", "below_baseline")},
        **{
            key: row
            for key, row in reference_of_flags(cohort, level=10).items()
            if key[1] in ("drop", "below_baseline")
        },
    }
    assert found == expected
    assert sum(row[4] for row in found.values()) < sum(row[4] for row in at_20.values())
    equals_full_refresh(target, project, database)


def test_without_any_rule_nothing_is_flagged(
    target: Target, database: Connection, project: Path
) -> None:
    """All off: no row, and no error."""
    rules = ("drop", "below_baseline", "silence", "phq9_worsening", "gad7_worsening")
    set_rules(project, **{rule: {"is_enabled": "false"} for rule in rules})
    run(target, project)
    cohort = Cohort(database, TODAY)
    assert flags(cohort) == {}
    assert weeks(cohort, rules=0) == {}


@in_nightly
def test_a_seed_with_other_columns_is_made_anew(
    target: Target, database: Connection, project: Path
) -> None:
    """As an upgrade finds it: no full refresh is needed."""
    run(target, project)
    before = dump(database)
    database.execute("alter table published.ref_review_rules rename first_day to begins")
    run(target, project)
    assert dump(database) == before
    readers = database.execute(
        "select has_table_privilege('journey_analyst', 'published.ref_review_rules', 'select')"
    ).fetchone()
    assert readers == (True,)
