"""Rows for tests: fixed keys, fixed days, one call a row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from psycopg import sql

from database import Connection, as_owner
from wellness_journey.database.settings import Target

ALICE, BOB = UUID(int=0xA, version=4), UUID(int=0xB, version=4)
DAY_0 = date(2025, 3, 1)


def day(offset: int) -> date:
    """A day relative to the dosing session's."""
    return DAY_0 + timedelta(days=offset)


def insert(connection: Connection, table: str, **values: Any) -> None:
    """One row of `table`."""
    connection.execute(
        sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(*table.split(".")),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        ),
        list(values.values()),
    )


class Session:
    """A dosing session of one practitioner and patient, and the rows that follow it."""

    def __init__(self, number: int = 1, practitioner: UUID = ALICE, patient: int | None = None):
        self.session_id = UUID(int=0x5E55 << 64 | number, version=4)
        self.practitioner_id = practitioner
        self.patient_id = UUID(int=0xBA71 << 64 | (patient or number), version=4)

    @property
    def owner(self) -> dict[str, UUID]:
        """The three keys that every row of the session carries."""
        return {
            "session_id": self.session_id,
            "patient_id": self.patient_id,
            "practitioner_id": self.practitioner_id,
        }

    def create(self, connection: Connection, session_date: Any = DAY_0) -> Session:
        """The practitioner, if new, and the session itself."""
        connection.execute(
            "insert into auth.users (id) values (%s) on conflict do nothing",
            (self.practitioner_id,),
        )
        insert(connection, "public.log_sessions", **self.owner, session_date=session_date)
        return self

    def pulse_check(self, connection: Connection, offset: int = 1, **values: Any) -> None:
        """A pulse check `offset` days after the session."""
        row = {"check_date": day(offset), "mood_level": 3, **self.owner, **values}
        insert(connection, "public.log_pulse_checks", **row)

    def integration_session(
        self, connection: Connection, session_type: str, offset: int = 1, **values: Any
    ) -> None:
        """An assessment, therapy session or call `offset` days after the session."""
        row = {
            "session_type": session_type,
            "session_number": 1,
            "session_date": day(offset),
            **self.owner,
            **values,
        }
        insert(connection, "public.log_integration_sessions", **row)

    def change(
        self, connection: Connection, change_type: str = "HABIT", offset: int = 1, **values: Any
    ) -> None:
        """A behavioural change `offset` days after the session."""
        row = {
            "change_type": change_type,
            "change_description": "Started to walk every day",
            "change_date": day(offset),
            **self.owner,
            **values,
        }
        insert(connection, "public.log_behavioral_changes", **row)

    def end(self, connection: Connection, offset: int = 1, **values: Any) -> None:
        """A recorded end `offset` days after the session."""
        row = {"end_type": "WITHDRAWAL", "end_date": day(offset), **self.owner, **values}
        insert(connection, "public.log_journey_ends", **row)


@contextmanager
def acting_as(
    connection: Connection, role: str, practitioner: UUID | None = None
) -> Iterator[None]:
    """As the API does it: take the role, then set the claims; both go at the end."""
    claims = {} if practitioner is None else {"sub": str(practitioner), "role": role}
    with connection.transaction():
        connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        connection.execute(
            "select set_config('request.jwt.claims', %s, true)", (json.dumps(claims),)
        )
        yield
        connection.execute("reset role")
        connection.execute("select set_config('request.jwt.claims', '', true)")


def fill(target: Target) -> None:
    """Two sessions without a flaw."""
    with as_owner(target) as connection:
        for number in (1, 2):
            session = Session(number).create(connection)
            for offset in range(10):
                session.pulse_check(connection, offset)
            session.change(connection, change_sentiment=("POSITIVE", "NEUTRAL")[number - 1])
            session.integration_session(
                connection,
                "PHQ9_ASSESSMENT",
                7,
                completed=True,
                completed_at="2025-03-08",
                phq9_score=8,
            )
