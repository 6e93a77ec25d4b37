"""The people of a database with the work order's tables, in an application of another shape.

Keys are numbers and texts, names are others, and nothing of the application is in `public`.
"""

from __future__ import annotations

import psycopg

from database import Connection
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

SCHEMA = "wellness"
_TABLES = """
create schema app;
create table app.dosings (
    id bigint primary key, patient_no bigint, therapist text, dosed_on date, created timestamptz
);
create table app.checkins (
    id bigint primary key, dosing bigint, patient_no bigint, therapist text, day date,
    connected smallint, slept smallint, mood smallint, energy smallint, note text,
    created timestamptz
);
create table app.visits (
    id bigint primary key, dosing bigint, patient_no bigint, therapist text, number integer,
    day date, kind text, done boolean, done_at timestamptz, phq9 integer, gad7 integer,
    whoqol integer, psqi integer, created timestamptz, updated timestamptz
);
create table app.changes (
    id bigint primary key, dosing bigint, patient_no bigint, therapist text, kind text,
    feeling text, day date, created timestamptz
);
create table app.endings (
    id bigint primary key, dosing bigint, patient_no bigint, therapist text, kind text, day date,
    created timestamptz
);
"""
VIEWS = """
create schema wellness;
create view wellness.log_sessions as
select
    id as session_id, patient_no as patient_id, therapist as practitioner_id,
    dosed_on as session_date, created as created_at
from app.dosings;
create view wellness.log_pulse_checks as
select
    id as pulse_check_id, dosing as session_id, patient_no as patient_id,
    therapist as practitioner_id, day as check_date, connected as connection_level,
    slept as sleep_quality, mood as mood_level, energy as energy_level, note as notes,
    created as created_at
from app.checkins;
create view wellness.log_integration_sessions as
select
    id as integration_session_id, dosing as session_id, patient_no as patient_id,
    therapist as practitioner_id, number as session_number, day as session_date,
    kind as session_type, done as completed, done_at as completed_at, phq9 as phq9_score,
    gad7 as gad7_score, whoqol as whoqol_bref_score, psqi as psqi_score, created as created_at,
    updated as updated_at
from app.visits;
create view wellness.log_behavioral_changes as
select
    id as change_id, dosing as session_id, patient_no as patient_id,
    therapist as practitioner_id, kind as change_type, feeling as change_sentiment,
    day as change_date, created as created_at
from app.changes;
create view wellness.log_journey_ends as
select
    id as journey_end_id, dosing as session_id, patient_no as patient_id,
    therapist as practitioner_id, kind as end_type, day as end_date, created as created_at
from app.endings;
"""
GRANTS = """
do $$
begin
    if not exists (select from pg_roles where rolname = 'journey_pipeline') then
        create role journey_pipeline nologin noinherit;
    end if;
end
$$;
grant usage on schema wellness to journey_pipeline;
grant select on all tables in schema wellness to journey_pipeline;
"""
# What is read of the other database, in the order of the columns above.
_NUMBERED = """
    sessions as (
        select
            row_number() over (order by session_date, session_id) as id, session_id,
            dense_rank() over (order by patient_id) as patient_no,
            'T' || dense_rank() over (order by practitioner_id) as therapist, session_date,
            created_at
        from public.log_sessions
    )
"""
_ROWS = {
    "dosings": "select id, patient_no, therapist, session_date, created_at from sessions",
    "checkins": """
        select
            row_number() over (order by r.pulse_check_id), s.id, s.patient_no, s.therapist,
            r.check_date, r.connection_level, r.sleep_quality, r.mood_level, r.energy_level,
            r.notes, r.created_at
        from public.log_pulse_checks as r inner join sessions as s using (session_id)
    """,
    "visits": """
        select
            row_number() over (order by r.integration_session_id), s.id, s.patient_no,
            s.therapist, r.session_number, r.session_date, r.session_type, r.completed,
            r.completed_at, r.phq9_score, r.gad7_score, r.whoqol_bref_score, r.psqi_score,
            r.created_at, r.updated_at
        from public.log_integration_sessions as r inner join sessions as s using (session_id)
    """,
    "changes": """
        select
            row_number() over (order by r.change_id), s.id, s.patient_no, s.therapist,
            r.change_type, r.change_sentiment, r.change_date, r.created_at
        from public.log_behavioral_changes as r inner join sessions as s using (session_id)
    """,
    "endings": """
        select
            row_number() over (order by r.journey_end_id), s.id, s.patient_no, s.therapist,
            r.end_type, r.end_date, r.created_at
        from public.log_journey_ends as r inner join sessions as s using (session_id)
    """,
}


def make(connection: Connection, *, views: bool = True) -> None:
    """The application's tables, without rows, and the views and grants of the input contract."""
    connection.execute(_TABLES)
    if views:
        connection.execute(VIEWS)
        connection.execute(GRANTS)


def move(source: Target, target: Target) -> None:
    """Copy the people of `source`, which has the work order's tables, to `target`."""
    with (
        settings.connect(source) as there,
        settings.connect(target, autocommit=True) as here,
    ):
        for table, query in _ROWS.items():
            rows = there.execute(f"with {_NUMBERED} {query}".encode()).fetchall()
            marks = ", ".join(["%s"] * len(rows[0])) if rows else ""
            with here.cursor() as cursor:
                cursor.executemany(f"insert into app.{table} values ({marks})".encode(), rows)


def load_copies(source: Target, target: Target) -> None:
    """Load the copies of an adopted database into the work order's tables of `target`."""
    with (
        settings.connect(source) as there,
        settings.connect(target, autocommit=True) as here,
        here.transaction(),
    ):
        # Only the rows matter: the triggers would refuse what was written in the past.
        here.execute("set local session_replication_role = replica")
        here.execute(
            "insert into auth.users (id) select distinct x from unnest(%s::uuid[]) as t (x)",
            (
                [
                    row[0]
                    for row in there.execute(
                        "select distinct practitioner_id from intake.log_sessions"
                    )
                ],
            ),
        )
        for table in (
            *("log_sessions", "log_integration_sessions", "log_behavioral_changes"),
            *("log_pulse_checks", "log_journey_ends"),
        ):
            _load(there, here, table)


def _load(there: Connection, here: psycopg.Connection[object], table: str) -> None:
    columns = [
        row[0]
        for row in there.execute(
            "select a.attname::text from pg_attribute as a "
            "where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped "
            "order by a.attnum",
            (f"intake.{table}",),
        )
    ]
    selected = ", ".join(columns)
    rows = there.execute(f"select {selected} from intake.{table}".encode()).fetchall()
    if table == "log_behavioral_changes":
        # A text is needed there, and no mart has it.
        columns.append("change_description")
        rows = [(*row, "words") for row in rows]
        selected = ", ".join(columns)
    marks = ", ".join(["%s"] * len(columns))
    with here.cursor() as cursor:
        cursor.executemany(
            f"insert into public.{table} ({selected}) values ({marks})".encode(), rows
        )
