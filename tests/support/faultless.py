"""The clean cohort that faults are planted in: nothing is wrong with it, and nothing guards it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from psycopg import sql

from builds import NO_TESTS, build
from checkout import ROOT
from database import Connection
from wellness_journey.cohort import diaries, seed
from wellness_journey.database import migrate
from wellness_journey.database.settings import Target, connect

TEMPLATE = "faultless"


# Without what the seed does on purpose though a rule has a word for it: two pulse checks on a day.
# With what so few people do not show: changes in so many weeks that they can be tested.
_CLEAN = """
    delete from public.log_pulse_checks as later
    using public.log_pulse_checks as first
    where later.session_id = first.session_id and later.check_date = first.check_date
        and later.pulse_check_id > first.pulse_check_id;
    insert into public.log_behavioral_changes (
        change_id, patient_id, practitioner_id, session_id, change_type, change_date,
        days_post_session, change_sentiment, created_at
    )
    select
        overlay(
            overlay(md5(session_id::text || week) placing '4' from 13) placing '8' from 17
        )::uuid,
        patient_id, practitioner_id, session_id, 'CREATIVE',
        session_date + 7 * week + 2, 7 * week + 2, 'NEUTRAL',
        (session_date + 7 * week + 2)::timestamp at time zone 'UTC'
    from public.log_sessions
    cross join generate_series(1, 17, 2) as weeks (week)
    where session_id in (
        select session_id
        from public.log_pulse_checks
        where days_post_session <= 180
        group by session_id
        order by count(*) desc, session_id
        limit 2
    );
"""


def make_clean(target: Target) -> None:
    """A small built cohort in which nothing is wrong, in tables that take every bad row."""
    with connect(target, autocommit=True) as connection:
        migrate.migrate(connection, ROOT / "migrations")
        seed.seed(connection, sessions=40)
        unguard(connection, [f"public.{table}" for table in diaries.COLUMNS])
        connection.execute(_CLEAN.encode())
    built = build(target, seed.SEED_AS_OF, *NO_TESTS)
    assert not built.not_built, built.not_built


def unguard(connection: Connection, tables: Iterable[str]) -> None:
    """Take away what keeps bad rows out of the tables: triggers, constraints, not null."""
    for name in tables:
        table = sql.Identifier(*name.split("."))
        connection.execute(sql.SQL("alter table {} disable trigger all").format(table))
        constraints = connection.execute(
            "select conname from pg_constraint where conrelid = %s::regclass and contype <> 'n'",
            (name,),
        ).fetchall()
        for (constraint,) in constraints:
            connection.execute(
                sql.SQL("alter table {} drop constraint {} cascade").format(
                    table, sql.Identifier(constraint)
                )
            )
        columns = connection.execute(
            "select attname from pg_attribute"
            " where attrelid = %s::regclass and attnum > 0 and attnotnull",
            (name,),
        ).fetchall()
        for (column,) in columns:
            connection.execute(
                sql.SQL("alter table {} alter column {} drop not null").format(
                    table, sql.Identifier(column)
                )
            )


@contextmanager
def copy_of(clean: Target) -> Iterator[Target]:
    """A database of one's own like `clean`, as long as it is needed."""
    copy = replace(clean, database=f"fault_{os.getpid()}")
    maintenance = replace(clean, database="postgres")
    with connect(maintenance, autocommit=True) as connection:
        name = sql.Identifier(copy.database)
        template = sql.Identifier(clean.database)
        connection.execute(sql.SQL("create database {} template {}").format(name, template))
        try:
            yield copy
        finally:
            connection.execute(sql.SQL("drop database {} with (force)").format(name))
