"""The rows of fct_practitioner_benchmarks, in a database beside the reference."""

from __future__ import annotations

import reference_benchmark_patients
import reference_benchmarks
from cohorts import Cohort
from reference import key_text


def mart(cohort: Cohort) -> dict[tuple[str, str], tuple[object, ...]]:
    rows = cohort.rows("select * from marts.fct_practitioner_benchmarks")
    return {(str(row[0]), row[1]): row[2:] for row in rows}


def expected(cohort: Cohort, min_cell: int = 11) -> dict[tuple[str, str], tuple[object, ...]]:
    patients = reference_benchmark_patients.patients(
        cohort.sessions,
        cohort.pulse_checks,
        cohort.integration_sessions,
        cohort.as_of,
        cohort.ends,
    )
    practitioners = sorted({key_text(session.practitioner_id) for session in cohort.sessions})
    return reference_benchmarks.benchmarks(patients, practitioners, min_cell)
