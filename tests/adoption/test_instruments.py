"""Instruments that nobody foresaw, by lines of lists alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import other_shape
from adopted import adopted, project
from builds import build
from checkout import ROOT
from nightly import in_nightly
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.rules import lists

KNOWN = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["default_instruments"]
NEW = [
    {"name": "C-SSRS", "session_type": "CSSRS", "column": "cssrs_score"},
    {"name": "MEQ-30", "session_type": "MEQ30", "column": "meq30_pct"},
]
# One is better low, with bands of its own names, without caseness or changes that count; one is
# better high, without bands.
ROWS = {
    "ref_instruments": "C-SSRS,0,5,false,,,,,,,,,,,30,30\nMEQ-30,0,100,true,,,,,,,,,,,1,7\n",
    "ref_session_types": "CSSRS,C-SSRS,C-SSRS Severity\nMEQ30,MEQ-30,Mystical Experience\n",
    "ref_severity_bands": "C-SSRS,no_ideation,0,0,Posner et al. 2011\n"
    "C-SSRS,ideation,1,3,Posner et al. 2011\nC-SSRS,intent,4,5,Posner et al. 2011\n",
}
# Twelve of thirteen patients have them.
PLANTED = """
alter table app.visits add column cssrs integer, add column meq30 integer;
insert into app.visits (
    id, dosing, patient_no, therapist, number, day, kind, done, done_at, cssrs, meq30, created
)
select
    900000 + 10 * id + kinds.n, id, patient_no, therapist, 1, dosed_on + kinds.n, kinds.kind, true,
    created + kinds.n * interval '1 day',
    case kinds.kind when 'CSSRS' then id % 6 end,
    case kinds.kind when 'MEQ30' then id % 101 end,
    created + kinds.n * interval '1 day'
from app.dosings
cross join (values (-2, 'CSSRS'), (1, 'MEQ30'), (5, 'CSSRS')) as kinds (n, kind)
where id % 13 <> 0 and dosed_on < '2025-12-20';
create or replace view wellness.log_integration_sessions as
select
    id as integration_session_id, dosing as session_id, patient_no as patient_id,
    therapist as practitioner_id, number as session_number, day as session_date,
    kind as session_type, done as completed, done_at as completed_at, phq9 as phq9_score,
    gad7 as gad7_score, whoqol as whoqol_bref_score, psqi as psqi_score, created as created_at,
    updated as updated_at, cssrs as cssrs_score, meq30 as meq30_pct
from app.visits
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project that lists both."""
    variables = {"input_schema": other_shape.SCHEMA, "instruments": [*KNOWN, *NEW]}
    root = project(tmp_path / "instruments", variables).root
    for name, rows in ROWS.items():
        seed = root / "dbt_project" / "seeds" / f"{name}.csv"
        seed.write_text(seed.read_text(encoding="utf-8") + rows, encoding="utf-8")
    return root


@in_nightly
def test_scores_of_new_instruments_go_the_whole_way(
    root: Path, built: str, copy_of: Callable[[str], Target], own_copy_of: Callable[[str], Target]
) -> None:
    """From the clinic's columns to the published outcomes; every model and data test holds."""
    target = own_copy_of("template0")
    with settings.connect(target, autocommit=True) as connection:
        other_shape.make(connection)
    other_shape.move(copy_of(built), target)
    with settings.connect(target, autocommit=True) as connection:
        connection.execute(PLANTED)
    adopted(target, root, other_shape.SCHEMA)
    made = build(target, SEED_AS_OF, root=root)
    assert made.not_built == ()
    with settings.connect(target) as connection:
        failing = connection.execute(
            "select rule_id, tested, failing from quality.check_results"
            " where status in ('fail', 'error')"
        ).fetchall()
        assert failing == []

        def counts(query: str) -> dict[str, int]:
            return dict(connection.execute(query.encode()).fetchall())

        raw = counts(
            "select case kind when 'CSSRS' then 'C-SSRS' else 'MEQ-30' end, count(*)"
            " from app.visits where kind in ('CSSRS', 'MEQ30') group by kind"
        )
        used = counts(
            "select instrument, count(*) from marts.fct_assessments"
            " where instrument in ('C-SSRS', 'MEQ-30') group by instrument"
        )
        assert used == raw
        assert min(raw.values()) > 30
        bands = counts(
            "select severity_band, max(score)::integer from marts.fct_assessments"
            " where instrument = 'C-SSRS' group by severity_band"
        )
        assert bands == {"no_ideation": 0, "ideation": 3, "intent": 5}
        shown = counts(
            "select instrument, count(*) filter (where response_observed_pct is not null)"
            " from published.rpt_assessment_outcomes"
            " where instrument in ('C-SSRS', 'MEQ-30') group by instrument"
        )
        # No caseness, so nobody can respond.
        assert shown == {"C-SSRS": 0, "MEQ-30": 0}


def test_a_band_may_have_any_name(root: Path) -> None:
    """What suites and policy say of bands they say of those in ref_severity_bands."""
    written = ["minimal", "mild", "moderate", "moderately_severe", "severe"]
    of_sleep = ["good_sleeper", "poor_sleeper"]
    own = ["no_ideation", "ideation", "intent"]
    assert lists.read(ROOT).names([*written, *of_sleep]) == [*written, *of_sleep]
    assert lists.read(root).names([*of_sleep, *written]) == [*written, *of_sleep, *own]
