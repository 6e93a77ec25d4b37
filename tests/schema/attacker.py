"""What an attacker with a practitioner's login must not change."""

from __future__ import annotations

from typing import Any

from actors import NEW, A, Clinic
from rows import BOB, day
from tables import TABLES

KEYS = ("integration_session_id", "change_id", "pulse_check_id", "journey_end_id")


def state(clinic: Clinic) -> list[Any]:
    """All that an attacker must not change: B's rows, whose rows are whose, rights and guards."""
    superuser = clinic.connect()
    found: list[Any] = []
    for table in ("log_sessions", *TABLES):
        found += superuser.execute(
            f"select t::text from public.{table} as t where practitioner_id = %s "
            "or patient_id <> %s order by 1".encode(),
            (BOB, A.patient_id),
        ).fetchall()
    found += superuser.execute(
        "select relname, relacl::text, relowner, relrowsecurity from pg_class "
        "where relnamespace = 'public'::regnamespace order by 1"
    ).fetchall()
    found += superuser.execute("select tgname, tgenabled, tgrelid from pg_trigger order by 1, 3")
    found += superuser.execute("select polname, polqual::text from pg_policy order by 1")
    found += superuser.execute("select id from auth.users order by 1").fetchall()
    return found


def new(table: str, key: Any) -> tuple[bytes, dict[str, Any]]:
    """A row of A's own, with a key of the caller's choice."""
    return f"insert into public.{table} {NEW[table]}".encode(), {
        **A.owner,
        "key": key,
        "day": day(3),
    }
