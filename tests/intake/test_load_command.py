"""`journey load` as a process: exit codes, --quiet, --json."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checkout import Checkout
from clinic_files import PRACTITIONER, checks
from database import Connection
from loaded import VALUE
from wellness_journey.database.settings import Target
from wellness_journey.errors import JourneyError
from wellness_journey.intake.load import load


def test_the_command(checkout: Checkout, target: Target, folder: Path) -> None:
    """Exit codes, --max-rejected, --json and --quiet, as the page has them."""
    (folder / "log_pulse_checks.csv").write_text(checks("2025-03-02,4", f"{VALUE},4", ","))
    code, out, err = checkout.journey(target, "load", str(folder))
    assert (code, "check_date is not an ISO date (YYYY-MM-DD), first on line 3" in out) == (1, True)
    assert VALUE not in out + err
    for limit, expected in (("1", 1), ("2", 0), ("40%", 0), ("39.9%", 1), ("0%", 1), ("100%", 0)):
        assert checkout.journey(target, "load", str(folder), "--max-rejected", limit)[0] == expected
    for wrong in ("-1", "1.5", "101%", "few", "1e3%"):
        assert checkout.journey(target, "load", str(folder), f"--max-rejected={wrong}")[0] == 2
    told = checkout.journey(target, "load", str(folder), "--max-rejected=1.5")[2]
    assert "expected a number of rows such as 20, or a share of them such as 1.5%" in told
    code, out, _ = checkout.journey(target, "load", str(folder), "--json")
    told = json.loads(out)
    assert (code, told["exit_code"]) == (1, 1)
    checks_told = told["tables"][-1]
    assert {name: checks_told[name] for name in ("read", "already_present", "rejected")} == {
        "read": 3,
        "already_present": 1,
        "rejected": 2,
    }
    assert [(r["count"], r["first_line"]) for r in checks_told["reasons"]] == [(1, 3), (1, 4)]
    for more in ([], ["--json"]):
        code, out, err = checkout.journey(target, "load", str(folder), "--quiet", *more)
        assert code == 1
        assert "not an ISO date" not in out
        assert not re.search(r"\bline \d", out + err)
        numbers = re.sub(
            r"\d+ to \d+|\d+\.\d s|:\d+|\S*/\S*|UTC|\"\w+\": (0|1|null)", "", out + err
        )
        assert not re.search(r"(?<![\w.])\d+(?![\w.])", numbers), numbers


def test_only_the_application_makes_users_on_supabase(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """Where auth.users is another's, the file is to be left out, and the rest loads."""
    database.execute(f"insert into auth.users values ('{PRACTITIONER}')".encode())
    (folder / "log_pulse_checks.csv").write_text(checks("2025-03-02,4"))
    with as_owner_without_auth(database):
        with pytest.raises(JourneyError) as caught:
            load(database, folder, rejects)
        assert "may not read and insert into auth.users: on Supabase the application" in str(
            caught.value
        )
        assert "must be in auth.users already" in str(caught.value)
        (folder / "auth_users.csv").unlink()
        assert [table.rejected for table in load(database, folder, rejects)] == [0, 0]


@contextmanager
def as_owner_without_auth(database: Connection) -> Iterator[None]:
    """As the owner of our tables, who is no superuser and does not own auth."""
    database.execute(
        "create role clinic_owner; grant usage on schema auth, public, quality, intake "
        "to clinic_owner; grant select, references on auth.users to clinic_owner; "
        "grant select on all tables in schema quality to clinic_owner"
    )
    for name in (
        *("sessions", "integration_sessions", "behavioral_changes", "pulse_checks"),
        "journey_ends",
    ):
        database.execute(f"alter table public.log_{name} owner to clinic_owner".encode())
    database.execute("set role clinic_owner")
    try:
        yield
    finally:
        database.execute("reset role")
        database.execute(
            "reassign owned by clinic_owner to current_user; drop owned by clinic_owner; "
            "drop role clinic_owner"
        )
