"""A table, and an application of two practitioners that works with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from uuid import UUID

from actors import Clinic
from database import Connection
from postgrest import Client
from rows import ALICE, BOB, Session
from wellness_journey.database import settings

KEYS = {
    "log_integration_sessions": "integration_session_id",
    "log_pulse_checks": "pulse_check_id",
    "log_behavioral_changes": "change_id",
    "log_journey_ends": "journey_end_id",
}
# What a row holds beside its keys.
VALUES: dict[str, dict[str, Any]] = {
    "log_integration_sessions": {
        "session_number": 1,
        "session_date": "2025-03-08",
        "session_type": "PHQ9_ASSESSMENT",
        "session_notes": "planned",
    },
    "log_pulse_checks": {"check_date": "2025-03-08", "mood_level": 3, "notes": "calm"},
    "log_behavioral_changes": {
        "change_type": "HABIT",
        "change_description": "walks every day",
        "change_date": "2025-03-08",
    },
    "log_journey_ends": {"end_type": "DISCHARGE", "end_date": "2025-03-08"},
}
_numbers = count(1)


@dataclass(frozen=True)
class Scene:
    """A table, a dosing session of practitioner A and one of B, and who calls."""

    table: str
    a: Client
    b: Client
    anon: Client
    server: Client
    session: Session
    of_b: Session
    superuser: Connection

    @property
    def key(self) -> str:
        """Name of the key column."""
        return KEYS[self.table]

    def row(self, session: Session | None = None, **changes: Any) -> dict[str, Any]:
        """A new row with a key that the application made."""
        session = session or self.session
        return {
            self.key: str(UUID(int=0xA99 << 64 | next(_numbers))),
            **{name: str(value) for name, value in session.owner.items()},
            **VALUES[self.table],
            **changes,
        }

    def of(self, row: dict[str, Any]) -> tuple[str, str]:
        """The filter for a row: `.eq(…)`."""
        return self.key, row[self.key]

    def stored(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row after it was inserted: what `.select()` says of it."""
        answer = self.a.insert(self.table, row)
        assert answer.status == 201, answer
        (found,) = self.a.select(self.table, self.of(row)).rows
        return found

    def of_another(self) -> dict[str, Any]:
        """A row that practitioner B has stored."""
        row = self.row(self.of_b)
        assert self.b.insert(self.table, row).status == 201
        return row

    def everything(self) -> list[Any]:
        """All rows of the table, as text."""
        return self.superuser.execute(
            f"select t::text from public.{self.table} as t order by 1".encode()
        ).fetchall()


@contextmanager
def staged(clinic: Clinic, table: str) -> Iterator[Scene]:
    """A scene with new dosing sessions, each client with a connection of PostgREST's login."""
    number = 1000 + next(_numbers)
    superuser = clinic.connect()
    session = Session(number).create(superuser)
    of_b = Session(number + 1_000_000, BOB).create(superuser)
    login = replace(clinic.target, user=clinic.logins["api"])
    with ExitStack() as stack:

        def client(role: str, sub: UUID | None = None) -> Client:
            connection = stack.enter_context(settings.connect(login, autocommit=True))
            return Client(connection, role, sub)

        yield Scene(
            table,
            client("authenticated", ALICE),
            client("authenticated", BOB),
            client("anon"),
            client("service_role"),
            session,
            of_b,
            superuser,
        )
