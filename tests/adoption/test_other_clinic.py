"""An application that nobody made for the pipeline, adopted as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import northbank
from checkout import Checkout
from database import Connection
from nightly import in_nightly
from reference_precision import PULSE, figures
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

GROUP = "other clinic"
# True of its people: two entries of a kind on a day, entries after the end, two a day, and a
# summer's cohort whose diaries run out.
TRUE = {"IS-014", "JE-011", "PC-004", "PC-013", "PC-018", "SE-006"}


@pytest.fixture(scope="module")
def clinic(
    copy_of: Callable[[str], Target], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Target, Checkout]:
    """Northbank Care, adopted, with one run."""
    checkout = Checkout(tmp_path_factory.mktemp("northbank"))
    northbank.configure(checkout)
    target = copy_of("template0")
    northbank.set_up(target)
    code, out, err = checkout.journey(target, "adopt")
    assert code == 0, out + err
    code, out, err = checkout.journey(target, "run", "--as-of", northbank.AS_OF)
    assert code == 0, out + err
    return target, checkout


@pytest.fixture(scope="module")
def rows(clinic: tuple[Target, Checkout]) -> Iterator[Connection]:
    """A connection that reads what the run made."""
    with settings.connect(clinic[0]) as connection:
        yield connection


def test_no_alarm_is_wrong(clinic: tuple[Target, Checkout]) -> None:
    """Every model is built, no rule fails, and what warns is true."""
    summary = clinic[1].summary()
    # The checkout leaves the unit tests out.
    assert {one["rule_id"] for one in summary["attention"]} <= {*TRUE, "LG-001"}
    assert summary["rules"]["fail"] == 0


def test_every_row_is_used_or_quarantined(rows: Connection) -> None:
    """Of each relation: the clinic's rows are those that were used and those set aside."""
    found: dict[str, int] = {}
    for table, outcome, count in rows.execute(
        "select source_table, outcome, rows from intermediate.cross_check_source_rows"
    ):
        found[table] = found.get(table, 0) + (count if outcome == "raw" else -count)
    assert found == dict.fromkeys(found, 0)
    assert (
        rows.execute(
            "select rows from intermediate.cross_check_source_rows"
            " where source_table = 'log_pulse_checks' and outcome = 'raw'"
        ).fetchone()
        == rows.execute("select count(*) from northbank.phone_checkin").fetchone()
    )
    unlinked = rows.execute(
        "select count(*) from northbank.phone_checkin where ds_code is null"
    ).fetchone()
    assert (
        rows.execute(
            "select rows from intermediate.cross_check_source_rows"
            " where source_table = 'log_pulse_checks' and outcome = 'no_session'"
        ).fetchone()
        == unlinked
    )


def test_sliders_are_mapped_and_anxiety_is_turned_round(rows: Connection) -> None:
    """The composite of each day is what plain Python makes of the clinic's own rows."""
    checks: dict[tuple[str, date], list[tuple[int, Any, int, list[int | None]]]] = {}
    for code, day, at, number, *answers in rows.execute(
        "select c.ds_code, c.local_day, c.submitted_at, c.checkin_id, c.felt_connected,"
        " c.slept_well, c.mood, c.anxious"
        " from northbank.phone_checkin as c"
        " inner join northbank.dosing_day as d on d.ds_code = c.ds_code"
        " and d.patient_no = c.patient_no and c.local_day >= d.dosed_on - 1"
        " where c.local_day <= %s and num_nonnulls(c.felt_connected, c.slept_well, c.mood,"
        " c.anxious) > 0",
        (northbank.AS_OF,),
    ):
        given = sum(one is not None for one in answers)
        checks.setdefault((code, day), []).append((given, at, number, answers))
    keys = dict(
        rows.execute(
            "select key::text, source_key from intake.keys where kind = 'session_id'"
        ).fetchall()
    )
    compared = 0
    for session, day, composite, anxiety in rows.execute(
        "select session_id::text, check_date, composite, anxious from marts.fct_pulse_days"
    ):
        # Of several checks the most complete counts, then the latest.
        *_, answers = max(checks[keys[session], day], key=lambda one: (one[0], one[1]))
        points = [1 + Fraction(4 * one, 100) for one in answers[:3] if one is not None]
        if answers[3] is not None:
            points.append(1 + Fraction(4 * (100 - answers[3]), 100))
            assert Fraction(anxiety) == points[-1]
        expected = sum(points) / len(points) if len(points) >= 3 else None
        assert (expected is None) == (composite is None)
        if expected is not None:
            assert abs(Fraction(composite) - expected) <= Fraction(1, 20_000)
        compared += 1
    assert compared > 1000


def test_one_row_of_three_instruments_is_three_assessments(rows: Connection) -> None:
    """Each score counts once, under the instrument of its column."""
    expected = rows.execute(
        "select count(phq9_sum), count(gad7_sum), count(pcl5_sum) from northbank.form_sitting"
        " where ds_code is not null and taken_on <= %s",
        (northbank.AS_OF,),
    ).fetchone()
    found = rows.execute(
        "select count(*) filter (where instrument = 'PHQ-9'),"
        " count(*) filter (where instrument = 'GAD-7'),"
        " count(*) filter (where instrument = 'PCL-5') from marts.fct_assessments"
    ).fetchone()
    assert found == expected
    assert rows.execute(
        "select count(*) from published.rpt_assessment_outcomes where instrument = 'PCL-5'"
    ).fetchone() != (0,)


def test_codes_and_arrays_become_changes(rows: Connection) -> None:
    """One change for each id of a list, under our words."""
    expected = rows.execute(
        "select sum(cardinality(s.kind_ids)) from northbank.life_shift as s"
        " inner join northbank.dosing_day as d on d.ds_code = s.ds_code"
        " and d.patient_no = s.patient_no where s.told_on <= %s",
        (northbank.AS_OF,),
    ).fetchone()
    found = rows.execute(
        "select sum(change_count) from marts.fct_behavioral_changes"
        " where change_sentiment in ('POSITIVE', 'NEUTRAL', 'NEGATIVE')"
    ).fetchone()
    assert found == expected


def test_a_session_without_a_practitioner_is_in_no_benchmark(rows: Connection) -> None:
    """Its patients are in every other table."""
    sessions = "select count(*) from marts.dim_sessions where practitioner_id is null"
    expected = "select count(*) from northbank.dosing_day where guide_no is null"
    assert rows.execute(sessions.encode()).fetchone() == rows.execute(expected.encode()).fetchone()
    assert (
        rows.execute(
            "select count(distinct practitioner_id), count(*) - count(practitioner_id)"
            " from marts.fct_practitioner_benchmarks"
        ).fetchone()
        == rows.execute("select count(distinct guide_no), 0 from northbank.dosing_day").fetchone()
    )


def test_groups_are_those_of_the_clinics_own_rows(rows: Connection) -> None:
    """Each patient is in the region of their house; the weeks shown are means of its patients."""
    regions = {1: "UK and Ireland", 2: "UK and Ireland", 3: "Mainland", 4: "Mainland"}
    houses = rows.execute(
        "select k.key, p.house_no from northbank.patient as p"
        " inner join intake.keys as k on k.kind = 'patient_id'"
        " and k.source_key = p.patient_no::text"
    ).fetchall()
    region_of = {key: regions[house] for key, house in houses}
    found = rows.execute(
        "select patient_id, patient_group from intermediate.int_patient_groups"
    ).fetchall()
    assert dict(found) == {key: region_of[key] for key, _ in found}
    assert len(found) == 60
    means: dict[tuple[int, str], dict[Any, list[Fraction]]] = {}
    for patient, day, mood in rows.execute(
        "select s.patient_id, d.days_post_session, d.mood"
        " from intermediate.int_journey_pulse_days as d"
        " inner join intermediate.int_sessions as s using (session_id) where d.mood is not null"
    ):
        of_cell = means.setdefault((day // 7, region_of[patient]), {})
        of_cell.setdefault(patient, []).append(Fraction(mood))
    shown = rows.execute(
        "select week_post_session, patient_group, patients, mean"
        " from published.rpt_pulse_trends_by_week_and_group"
        " where metric = 'mood' and patients > 0"
    ).fetchall()
    assert len(shown) > 10
    for week, group, patients, mean in shown:
        of_cell = means[week, group]
        expected = figures([sum(v) / len(v) for v in of_cell.values()], 11, PULSE)
        assert (patients, mean) == expected[:2]


def test_the_reports_name_what_is_asked(clinic: tuple[Target, Checkout]) -> None:
    """Questions and instruments of the clinic, and none of the work order's that it lacks."""
    page = clinic[1].files()["index.html"]
    assert "Calm" in page
    assert "PCL-5" in page
    assert "Energy" not in page


def test_no_text_of_the_clinic_is_copied_or_reported(
    clinic: tuple[Target, Checkout], rows: Connection
) -> None:
    """Neither into a schema of ours nor into a file."""
    words = [
        row[0]
        for row in rows.execute(
            "select distinct own_words from northbank.phone_checkin where own_words is not null"
        )
    ]
    assert words
    written = clinic[1].everything_written()
    assert not [one for one in words if one in written]
    columns = rows.execute(
        "select format('%I.%I', n.nspname, c.relname), a.attname::text from pg_attribute as a"
        " inner join pg_class as c on c.oid = a.attrelid and c.relkind = 'r'"
        " inner join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = any('{intake,intermediate,marts,published,quality}'::text[])"
        " and a.atttypid in ('text'::regtype, 'varchar'::regtype) and a.attnum > 0"
        " and not a.attisdropped"
    ).fetchall()
    for table, column in columns:
        query = f"select count(*) from {table} where {column} = any(%s)"
        assert rows.execute(query.encode(), (words,)).fetchone() == (0,), (table, column)


@in_nightly
def test_a_changed_column_is_named_first(clinic: tuple[Target, Checkout]) -> None:
    """What the clinic changed, then what waits for it; the tables stay as they were."""
    target, checkout = clinic
    with settings.connect(target, autocommit=True) as connection:
        before = connection.execute("select count(*) from marts.fct_pulse_days").fetchone()
        rename = "alter view wellness.log_pulse_checks rename column {} to {}"
        connection.execute(rename.format("mood", "the_mood").encode())
        try:
            code, out, err = checkout.journey(target, "run", "--as-of", northbank.AS_OF)
        finally:
            connection.execute(
                "alter view wellness.log_pulse_checks rename column the_mood to mood"
            )
        assert code == 2, out + err
        lines = out.splitlines()
        assert "wellness.log_pulse_checks has no column mood" in "\n".join(lines[:4])
        assert "Who acts: the engineer" in out
        assert connection.execute("select count(*) from marts.fct_pulse_days").fetchone() == before


def test_the_way_is_told(clinic: tuple[Target, Checkout], tmp_path: Path) -> None:
    """`load`, `seed` and `migrate` refuse the database, each with the next step."""
    target, checkout = clinic
    for verb in (("load", str(tmp_path)), ("seed",), ("migrate",)):
        code, _, err = checkout.journey(target, *verb)
        assert code == 2, verb
        assert "clinic's own tables" in err, verb
