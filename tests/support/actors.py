"""Who works with the database, as the tests play them: logins, roles, claims, a clinic of two."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from uuid import UUID

import yaml
from psycopg import sql

from checkout import ROOT
from database import Connection
from rows import ALICE, BOB, Session
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target

A, B = Session(), Session(2, BOB)
UNKNOWN = Session(3)
JOURNEY_ROLES = ("journey_pipeline", "journey_restricted", "journey_analyst")
# Tables of `quality` that are closed to analysts; of `built_tables` two columns are.
COUNTING = (
    *("built_contents", "built_tables", "check_results", "cross_checks", "recorded_runs"),
    "source_rows",
)
_numbers = count(1)

# What a table owner needs who is not a superuser; docs/security.md says the same in words.
OWNERS_RIGHTS = {
    "the attribute CREATEROLE": ("alter role {0} createrole", "alter role {0} nocreaterole"),
    "CREATE on the database": (
        "grant create on database {1} to {0}",
        "revoke create on database {1} from {0}",
    ),
    "CREATE on the schema public": (
        "grant create on schema public to {0}",
        "revoke create on schema public from {0}",
    ),
    "USAGE on the schema auth": (
        "grant usage on schema auth to {0}",
        "revoke usage on schema auth from {0}",
    ),
    "REFERENCES on auth.users": (
        "grant references on auth.users to {0}",
        "revoke references on auth.users from {0}",
    ),
    "to own public.log_sessions": (
        "alter table public.log_sessions owner to {0}",
        "alter table public.log_sessions owner to current_user",
    ),
}

# A row of each table with a key of the caller's choice, after `insert into public.<table>`.
NEW = {
    "log_sessions": "(session_id, practitioner_id, patient_id, session_date) "
    "values (%(key)s, %(practitioner_id)s, %(patient_id)s, %(day)s)",
    "log_integration_sessions": "(integration_session_id, session_id, practitioner_id, patient_id,"
    " session_date, session_number, session_type) values (%(key)s, %(session_id)s,"
    " %(practitioner_id)s, %(patient_id)s, %(day)s, 1, 'FOLLOW_UP_CALL')",
    "log_behavioral_changes": "(change_id, session_id, practitioner_id, patient_id, change_date,"
    " change_type, change_description) values (%(key)s, %(session_id)s, %(practitioner_id)s,"
    " %(patient_id)s, %(day)s, 'HABIT', 'reads')",
    "log_pulse_checks": "(pulse_check_id, session_id, practitioner_id, patient_id, check_date,"
    " mood_level) values (%(key)s, %(session_id)s, %(practitioner_id)s, %(patient_id)s,"
    " %(day)s, 3)",
    "log_journey_ends": "(journey_end_id, session_id, practitioner_id, patient_id, end_date,"
    " end_type) values (%(key)s, %(session_id)s, %(practitioner_id)s, %(patient_id)s,"
    " %(day)s, 'OTHER')",
}


@dataclass(frozen=True)
class Actor:
    """A login, the role it takes, the claims it sets, and whose rows it is after."""

    login: str
    role: str | None = None
    sub: UUID | None = None
    session: Session = A


ACTORS = {
    "anon": Actor("api", "anon"),
    "anon with A's claims": Actor("api", "anon", ALICE),
    "practitioner A, own rows": Actor("api", "authenticated", ALICE),
    "practitioner A, B's rows": Actor("api", "authenticated", ALICE, B),
    "authenticated, no claims": Actor("api", "authenticated"),
    "service_role": Actor("api", "service_role"),
    "journey_pipeline": Actor("staff", "journey_pipeline"),
    "journey_restricted": Actor("staff", "journey_restricted"),
    "journey_analyst": Actor("staff", "journey_analyst"),
    "table owner": Actor("owner"),
    "API login, no role": Actor("api"),
    "API login that inherits, no role": Actor("inheriting"),
}


class Clinic:
    """A database whose tables belong to no superuser, with rows of two practitioners."""

    def __init__(self, server: Target) -> None:
        number = next(_numbers)
        self.server = server
        self.owner = f"clinic_owner_{number}"
        self.target = replace(server, database=f"clinic_{number}")
        self.logins = {
            name: f"clinic_{name}_{number}" for name in ("api", "inheriting", "attacker", "staff")
        } | {"owner": self.owner}
        self._connections: dict[str, Connection] = {}

    def create(self) -> None:
        """Prerequisites as a superuser, everything else as the owner."""
        with settings.connect(self.server, autocommit=True) as connection:
            connection.execute(f"create database {self.target.database}".encode())
        superuser = self.connect()
        for path in sorted((ROOT / "migrations" / "prerequisites").glob("*.sql")):
            superuser.execute(path.read_bytes())
        make_owner(superuser, self.owner, self.target.database)
        migrate.migrate(self.connect("owner"), ROOT / "migrations")
        api = "in role anon, authenticated, service_role"
        for name, options in {
            "api": f"noinherit {api}",
            "inheriting": f"inherit {api}",
            "attacker": "inherit in role authenticated",
            "staff": f"noinherit in role {', '.join(JOURNEY_ROLES)}",
        }.items():
            superuser.execute(f"create role {self.logins[name]} login {options}".encode())
        for session in (A, B):
            session.create(superuser)
            session.pulse_check(superuser)
            session.change(superuser)
            session.integration_session(superuser, "FOLLOW_UP_CALL")
            session.end(superuser)
        self._build(superuser)

    def _build(self, superuser: Connection) -> None:
        """A table in each schema of the pipeline, granted as dbt grants what it builds."""
        models = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["models"]
        with superuser.transaction():
            superuser.execute("set local role journey_pipeline")
            for schema, options in models["wellness_journey"].items():
                if schema.startswith("+"):
                    continue
                table = sql.Identifier(options["+schema"], f"actors_{schema}")
                superuser.execute(sql.SQL("create table {} as select 1 as x").format(table))
                for role in options.get("+grants", {}).get("select", []):
                    superuser.execute(
                        sql.SQL("grant select on {} to {}").format(table, sql.Identifier(role))
                    )
            superuser.execute("insert into quality.synthetic_cohort values (1, 1, 1, '2025-03-01')")
            superuser.execute("reset role")

    def connect(self, login: str | None = None) -> Connection:
        """The connection of a login, made once; without a name a superuser's."""
        name = self.logins[login] if login else self.server.user
        if name not in self._connections:
            target = replace(self.target, user=name)
            self._connections[name] = settings.connect(target, autocommit=True)
        return self._connections[name]

    @contextmanager
    def acting(self, actor: Actor) -> Iterator[Connection]:
        """As the API does it: a transaction, the role, then the claims. Nothing of it stays."""
        connection = self.connect(actor.login)
        with connection.transaction(force_rollback=True):
            if actor.role:
                connection.execute(sql.SQL("set local role {}").format(sql.Identifier(actor.role)))
                claims = {"role": actor.role} | ({"sub": str(actor.sub)} if actor.sub else {})
                connection.execute(
                    "select set_config('request.jwt.claims', %s, true)", (json.dumps(claims),)
                )
            yield connection

    @contextmanager
    def attacking(self, *, autocommit: bool = False) -> Iterator[Connection]:
        """A fresh connection of practitioner A, as a login that is a member of authenticated."""
        target = replace(self.target, user=self.logins["attacker"])
        with settings.connect(target, autocommit=autocommit) as connection:
            claims = json.dumps({"sub": str(ALICE)})
            connection.execute("select set_config('request.jwt.claims', %s, false)", (claims,))
            yield connection
            connection.rollback()

    def remove(self) -> None:
        """The database and its logins; the roles that all databases share stay."""
        for connection in self._connections.values():
            connection.close()
        with settings.connect(self.server, autocommit=True) as connection:
            connection.execute(f"drop database {self.target.database} with (force)".encode())
            for name in (*self.logins.values(),):
                connection.execute(f"drop owned by {name} cascade".encode())
                connection.execute(f"drop role {name}".encode())


@contextmanager
def running(server: Target) -> Iterator[Clinic]:
    """A clinic on `server`, gone at the end."""
    clinic = Clinic(server)
    try:
        clinic.create()
        yield clinic
    finally:
        clinic.remove()


def make_owner(superuser: Connection, name: str, database: str) -> None:
    """A role with what docs/security.md says that the owner of the tables needs, no more."""
    superuser.execute(f"create role {name} login".encode())
    for grant, _ in OWNERS_RIGHTS.values():
        superuser.execute(grant.format(name, database).encode())
    # Another database of the server has them already, or will: they are the server's.
    for role in JOURNEY_ROLES:
        if superuser.execute("select to_regrole(%s)", (role,)).fetchone() == (None,):
            superuser.execute(f"create role {role} nologin noinherit".encode())
        superuser.execute(f"grant {role} to {name} with admin option".encode())


def documented(page: Path) -> dict[tuple[str, str, str], str]:
    """The cells of every table of `page` whose first column is `actor`.

    The key is the last heading, the actor and the column; code marks are dropped.
    """
    cells: dict[tuple[str, str, str], str] = {}
    heading, columns = "", list[str]()
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading, columns = line.lstrip("# ").replace("`", ""), []
        elif not line.startswith("|"):
            columns = []
        else:
            words = [word.strip().replace("`", "") for word in line.strip("| ").split("|")]
            if words[0] == "actor":
                columns = words[1:]
            elif columns and not words[0].startswith("--"):
                for column, word in zip(columns, words[1:], strict=True):
                    key = (heading, words[0], column)
                    assert key not in cells, f"{key} stands twice in {page.name}"
                    cells[key] = word
    return cells
