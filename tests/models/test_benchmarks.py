"""Practitioners beside the network: the mart equals the reference, withholds as it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from benchmark_rows import expected, mart
from cohorts import Cohort
from increments import run
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target, connect


def test_practitioner_benchmarks(cohort: Cohort) -> None:
    """fct_practitioner_benchmarks equals the reference in every row and column."""
    assert mart(cohort) == expected(cohort)
    assert len(mart(cohort)) == 8 * len({s.practitioner_id for s in cohort.sessions})


def test_networks_that_are_shown(built: str, own_copy_of: Callable[[str], Target]) -> None:
    """Of five practitioners, some of whose patients go from one to another, what is expected."""
    target = own_copy_of(built)
    with connect(target, autocommit=True) as connection:
        connection.execute(
            """
            insert into auth.users (id)
            select lpad(n::text, 32, '0')::uuid from generate_series(1, 5) as n;
            alter table public.log_sessions disable trigger all;
            update public.log_sessions
            set practitioner_id = lpad(
                (1 + get_byte(uuid_send(session_id), 15) % 5)::text, 32, '0'
            )::uuid;
            """
        )
    read = ("stg_sessions", "int_sessions", "dim_sessions", "int_outcome_windows", "sums")
    models = ("--select", *read, "fct_practitioner_benchmarks")
    variables = f"{{as_of: {SEED_AS_OF.isoformat()}, min_cell: 2}}"
    run(target, SEED_AS_OF, *models, "--vars", variables)
    with connect(target, autocommit=True) as connection:
        cohort = Cohort(connection, SEED_AS_OF)
        found = mart(cohort)
        assert found == expected(cohort, min_cell=2)
    compared = Counter((row[0], row[4] != 0) for row in found.values())
    assert min(compared["mean", True], compared["mean", False], compared["rate", False]) > 0
    pairs = {(session.patient_id, session.practitioner_id) for session in cohort.sessions}
    assert len(pairs) > len({patient for patient, _ in pairs})
