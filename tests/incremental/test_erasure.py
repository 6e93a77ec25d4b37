"""A deleted dosing session is gone from every table or file of ours after the next run."""

from __future__ import annotations

from pathlib import Path

from checkout import Checkout
from database import Connection
from increments import TODAY, Known
from wellness_journey.database.settings import Target

IDS = """
    select session_id::text from public.log_sessions where session_id = %(id)s
    union select patient_id::text from public.log_sessions where session_id = %(id)s
    union select pulse_check_id::text from public.log_pulse_checks where session_id = %(id)s
    union select change_id::text from public.log_behavioral_changes where session_id = %(id)s
    union select integration_session_id::text from public.log_integration_sessions
    where session_id = %(id)s
    union select journey_end_id::text from public.log_journey_ends where session_id = %(id)s
"""
EVERY_TABLE = """
    select oid::regclass::text from pg_class
    where relkind in ('r', 'm', 'v')
        and relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
"""


def places(connection: Connection, ids: list[str]) -> set[str]:
    """Every table and view in which one of the ids stands, in whatever column."""
    tables = [row[0] for row in connection.execute(EVERY_TABLE.encode()).fetchall()]
    return {
        table
        for table in tables
        if connection.execute(
            f"select 1 from {table} as t where exists (select from unnest(%s::text[]) as i (id) "
            "where strpos(t::text, i.id) > 0) limit 1".encode(),
            (ids,),
        ).fetchone()
    }


def test_a_deleted_session_is_gone_everywhere(
    target: Target, database: Connection, tmp_path: Path
) -> None:
    """Its ids, its rows' and its patient's, searched in every column of every table and in every
    file that a run leaves; before the run they are found in both kinds of place that hold them."""
    session, checkout = Known(database), Checkout(tmp_path)
    session.end(database, end_date=session.day_0)
    ids = [row[0] for row in database.execute(IDS.encode(), {"id": session.session_id}).fetchall()]
    assert len(ids) > 2
    others = "select count(*) from public.log_sessions where patient_id = %s"
    assert database.execute(others.encode(), (session.patient_id,)).fetchone() == (1,)
    # What a run leaves when it is killed between its commit and its last step.
    database.execute(
        "set role journey_pipeline; "
        "create table marts.fct_pulse_days__dbt_backup as table marts.fct_pulse_days; "
        "reset role"
    )
    database.execute("delete from public.log_sessions where session_id = %s", (session.session_id,))
    assert places(database, ids) > {
        "intake.touched_sessions",
        "intermediate.int_pulse_days",
        "marts.dim_sessions",
        "marts.fct_pulse_days",
        "marts.fct_pulse_days__dbt_backup",
    }
    code, out, err = checkout.journey(target, "run", "--as-of", str(TODAY))
    assert code == 0, out + err
    assert places(database, ids) == set()
    written = out + err + checkout.everything_written()
    assert "summary" in written
    assert [word for word in ids if word in written] == []
