"""What comes in before a run that is measured, and the statements beside it."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
from psycopg import sql
from runner import TABLES

from wellness_journey.database import settings
from wellness_journey.database.settings import Target

# The least that a full refresh must do: read all rows and write them once.
COPY = tuple(f"create table public.copy_of_{table} as table public.{table}" for table in TABLES)
FUNCTIONS = (
    """
    create temporary table answers as
    select sessions.session_id, windows.window_days, answers.*
    from public.log_sessions as sessions
    cross join unnest(array[7, 30, 90, 180]) as windows (window_days)
    cross join lateral
        public.calculate_compliance_score(sessions.session_id, windows.window_days) as answers
    """,
)
# A pulse check each, and of every seventh an assessment.
NEW_DAY = """
with sessions as (
    select *, row_number() over (order by session_id) as number
    from public.log_sessions
    where %(as_of)s::date - (session_date at time zone 'UTC')::date between 0 and 180
),

assessments as (
    insert into public.log_integration_sessions (
        session_id, patient_id, practitioner_id, session_number, session_date, session_type,
        completed, phq9_score, created_at
    )
    select session_id, patient_id, practitioner_id, 1000 + number, %(as_of)s, 'PHQ9_ASSESSMENT',
        true, 9, %(as_of)s::date + time '09:00'
    from sessions
    where number %% 7 = 0
)

insert into public.log_pulse_checks (
    session_id, patient_id, practitioner_id, check_date, connection_level, sleep_quality,
    mood_level, energy_level, created_at
)
select session_id, patient_id, practitioner_id, %(as_of)s, 3, 4, 1 + number %% 5, 3,
    %(as_of)s::date + time '20:00'
from sessions
"""
# Of as many sessions that are long over.
LATE_ROWS = """
insert into public.log_pulse_checks (
    session_id, patient_id, practitioner_id, check_date, connection_level, sleep_quality,
    mood_level, energy_level, created_at
)
select session_id, patient_id, practitioner_id,
    (session_date at time zone 'UTC')::date + 40 + %(turn)s::integer, 3, 4, 3, 2,
    (session_date at time zone 'UTC')::date + 40 + %(turn)s::integer + time '20:00'
from public.log_sessions
where %(as_of)s::date - (session_date at time zone 'UTC')::date > 180
order by md5(session_id::text || %(turn)s::text)
limit 100
"""
ERASE = """
delete from public.log_sessions
where session_id = (
    select session_id
    from public.log_sessions
    where %(as_of)s::date - (session_date at time zone 'UTC')::date between 0 and 180
    order by session_id
    limit 1
)
"""
# Day 0 to day 180 the journey runs.
SURPLUS = """
delete from public.log_sessions
where session_id in (
    select session_id
    from public.log_sessions
    where
        (%(as_of)s::date - (session_date at time zone 'UTC')::date between 0 and 180) = %(runs)s
    order by session_id
    offset %(kept)s
)
"""
COUNT_RUNNING = """
select count(*)
from public.log_sessions
where %(as_of)s::date - (session_date at time zone 'UTC')::date between 0 and 180
"""


def keep_running(
    connection: psycopg.Connection[Any], as_of: date, still: int, sessions: int
) -> None:
    """Delete what is more than `sessions`, of which `still` are running on day `as_of`."""
    for runs, kept in ((True, still), (False, sessions - still)):
        connection.execute(SURPLUS.encode(), {"as_of": as_of, "runs": runs, "kept": kept})


def lengthen(connection: psycopg.Connection[Any], as_of: date, times: int) -> None:
    """Put copies of the sessions that are over before them, until history is `times` as long.

    Copies are other people's: nothing of them need be checked again.
    """
    connection.execute("set session_replication_role = replica")
    for table in TABLES:
        columns = connection.execute(
            "select attname, atttypid::regtype::text from pg_attribute "
            "where attrelid = %s::regclass and attnum > 0 and not attisdropped "
            "and attgenerated = ''",
            (f"public.{table}",),
        ).fetchall()
        names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns)
        values = sql.SQL(", ").join(_of_another(name, of) for name, of in columns)
        connection.execute(
            sql.SQL(
                """
                insert into public.{table} ({names})
                select {values}
                from public.{table}
                cross join generate_series(1, {copies}) as copies (number)
                where session_id in (
                    select session_id from public.log_sessions
                    where {as_of} - (session_date at time zone 'UTC')::date > 180
                )
                """
            ).format(
                table=sql.Identifier(table),
                names=names,
                values=values,
                copies=times - 1,
                as_of=as_of,
            )
        )
    connection.execute("reset session_replication_role")


def _of_another(name: str, kind: str) -> sql.Composable:
    """The value of a column in a copy: its own ids, dates two years before the last copy's."""
    column = sql.Identifier(name)
    if kind == "uuid" and name != "practitioner_id":
        return sql.SQL("md5({}::text || number)::uuid").format(column)
    if kind == "date":
        return sql.SQL("{} - 730 * number").format(column)
    if kind.startswith("timestamp"):
        return sql.SQL("{} - number * interval '730 days'").format(column)
    return column


def running(target: Target, as_of: date) -> int:
    """Sessions whose journey runs on the day."""
    with settings.connect(target) as connection:
        row = connection.execute(COUNT_RUNNING.encode(), {"as_of": as_of}).fetchone()
    return row[0] if row else 0
