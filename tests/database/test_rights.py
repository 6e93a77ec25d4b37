"""Rights that are missing are named before anything is applied, with the least grant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from actors import JOURNEY_ROLES, OWNERS_RIGHTS, Clinic, make_owner
from told import MIGRATIONS, migrated, refused, run, statements
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target
from wellness_journey.errors import MigrationError

# What is told where a right of docs/security.md is missing.
TOLD = {
    "the attribute CREATEROLE": "lacks the attribute CREATEROLE",
    "CREATE on the database": "lacks the right CREATE on the database",
    "CREATE on the schema public": "lacks the right CREATE on the schema public",
    "USAGE on the schema auth": "lacks the right USAGE on the schema auth",
    "REFERENCES on auth.users": "lacks the right REFERENCES on auth.users",
    "to own public.log_sessions": "is not its owner",
}


@pytest.fixture(params=["embedded", "postgres_15"])
def clinic(request: pytest.FixtureRequest) -> Iterator[Clinic]:
    """A database with the prerequisites, and a login that has all rights of an owner."""
    server: Target = request.getfixturevalue(request.param)
    made = Clinic(server)
    try:
        with settings.connect(server, autocommit=True) as connection:
            connection.execute(f"create database {made.target.database}".encode())
        superuser = made.connect()
        for path in sorted((MIGRATIONS / "prerequisites").glob("*.sql")):
            superuser.execute(path.read_bytes())
        make_owner(superuser, made.owner, made.target.database)
        made.logins = {"owner": made.owner}
        yield made
    finally:
        made.remove()


def revoke(clinic: Clinic, right: str) -> None:
    statement = OWNERS_RIGHTS[right][1].format(clinic.owner, clinic.target.database)
    clinic.connect().execute(statement.encode())


@pytest.mark.parametrize("right", OWNERS_RIGHTS)
def test_a_missing_right_is_named_with_its_grant(clinic: Clinic, right: str) -> None:
    """That one and no other; after the statement that is told the owner migrates."""
    revoke(clinic, right)
    owner = clinic.connect("owner")
    message = refused(owner, with_prerequisites=False)
    assert TOLD[right] in message
    (told,) = statements(message)
    run(clinic.connect(), [told])
    migrated(owner, with_prerequisites=False)


def test_all_missing_rights_are_told_at_once(clinic: Clinic) -> None:
    """A login that may do nothing; also the roles that another database has made."""
    for right in OWNERS_RIGHTS:
        revoke(clinic, right)
    superuser = clinic.connect()
    for role in JOURNEY_ROLES:
        superuser.execute(f"revoke {role} from {clinic.owner}".encode())
    owner = clinic.connect("owner")
    message = refused(owner, with_prerequisites=False)
    for told in TOLD.values():
        assert told in message
    # Before PostgreSQL 16 a role that may create roles may give any away.
    knows_admins = owner.info.server_version >= 160000
    assert len(re.findall("WITH ADMIN OPTION", message)) == (3 if knows_admins else 0)
    run(superuser, statements(message))
    migrated(owner, with_prerequisites=False)


def test_another_login_does_not_go_on_with_the_owners_database(clinic: Clinic) -> None:
    """Who migrated is named; a login without any right gets a sentence, not an internal error."""
    migrated(clinic.connect("owner"), with_prerequisites=False)
    superuser = clinic.connect()
    superuser.execute("delete from journey_ledger.migrations where name like '05%'")
    other = f"{clinic.owner}_other"
    superuser.execute(f"create role {other} login".encode())
    clinic.logins["other"] = other
    with settings.connect(replace(clinic.target, user=other), autocommit=True) as connection:
        with pytest.raises(MigrationError, match=f"{other} may not read journey_ledger"):
            migrate.migrate(connection, MIGRATIONS, with_prerequisites=False)
        superuser.execute(f"grant usage on schema journey_ledger to {other}".encode())
        superuser.execute(f"grant select on journey_ledger.migrations to {other}".encode())
        with pytest.raises(MigrationError) as caught:
            migrate.migrate(connection, MIGRATIONS, with_prerequisites=False)
    assert f"may not write journey_ledger, the ledger of migrations of {clinic.owner}" in str(
        caught.value
    )
    assert f"grant journey_pipeline to {other}" in str(caught.value)


def test_prerequisites_need_rights_of_their_own(clinic: Clinic) -> None:
    """A role that row-level security does not filter: a superuser's, or from 16 on BYPASSRLS."""
    superuser = clinic.connect()
    with superuser.transaction(force_rollback=True):
        superuser.execute("alter role service_role rename to other_service_role")
        superuser.execute(f"set local role {clinic.owner}".encode())
        from wellness_journey.database import preflight

        told = preflight.refusal(superuser, migrate.pending(superuser, MIGRATIONS))
    assert told is not None
    if superuser.info.server_version >= 160000:
        assert f"alter role {clinic.owner} bypassrls" in told
    else:
        assert "only a superuser may make a role with BYPASSRLS" in told
