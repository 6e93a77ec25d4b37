"""The security state of a database, read from its catalogue: facts by kind and name.

Any role may read all of it; no row of a table is looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from wellness_journey.checks.posture import queries, reach, rights
from wellness_journey.checks.posture.names import before_to, escaped
from wellness_journey.checks.privacy.policy_file import BUILT

# By kind and name, what is there.
Facts = dict[str, dict[str, Any]]

# Schemas that hold nothing but ours; dbt makes what is in some of them.
WHOLE = ("journey_ledger", "intake", *BUILT, "quality")
# Roles of the API, and ours. `service_role` may do everything by intent.
REACHING = ("anon", "authenticated", "journey_pipeline", "journey_restricted", "journey_analyst")
ROLES = (*REACHING, "service_role")
SUPABASE = (
    *("_analytics", "_realtime", "_supavisor", "auth", "cron", "extensions", "graphql"),
    *("graphql_public", "net", "pgbouncer", "pgmq", "pgsodium", "pgsodium_masks", "realtime"),
    *("storage", "supabase_functions", "supabase_migrations", "vault"),
)
# The kinds whose values are names of others; those of the rest are ours, or are not told.
_HOLD_NAMES = ("owners", "publications", "strangers")
# What stands in braces in the queries.
_WORDS = {
    "{trusted}": reach.TRUSTED,
    "{grantee}": """
        case when acl.grantee = 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(acl.grantee)) end
    """,
    "{rights}": """
        string_agg(
            distinct (
                lower(acl.privilege_type)
                || case when acl.is_grantable then ' with grant option' else '' end
            ) collate "C",
            ', '
        )
    """,
    "{kind}": """
        case o.relkind
            when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
            when 'S' then 'sequence' else 'table'
        end
    """,
}
# What the owner of the migrations is called in what is expected: it has another name everywhere.
OWNER = "the migrations' owner"


@dataclass(frozen=True)
class Scope:
    """What of a database is ours beside whole schemas: tables and functions by name. `roles` are
    those whose attributes are ours to demand, and whose reach is looked at."""

    tables: tuple[str, ...]
    functions: tuple[str, ...]
    with_auth: bool
    roles: tuple[str, ...] = ROLES

    @property
    def parameters(self) -> dict[str, Any]:
        """What the queries are given."""
        return {
            "whole": list(WHOLE),
            "built": list(BUILT),
            "named": ["public", *(["auth"] if self.with_auth else [])],
            "tables": list(self.tables),
            "functions": list(self.functions),
            "roles": list(self.roles),
            "known": list(ROLES),
            "reaching": [role for role in REACHING if role in self.roles],
            "supabase": [one for one in SUPABASE if one != "auth" or not self.with_auth],
        }


def read(connection: psycopg.Connection[Any], scope: Scope, expected: Iterable[str]) -> Facts:
    """All facts in `scope`. `expected` names what the migrations' owner must own, as in `owners`:
    whoever owns most of it is that owner, and is called `OWNER`."""
    with connection.transaction():
        # Whatever is not in pg_catalog is told with its schema then.
        connection.execute("set local search_path = pg_catalog")
        given = scope.parameters
        found = {
            kind: _asked(connection, kind, f"with {queries.OURS} {query}", given)
            for kind, query in (queries.QUERIES | rights.QUERIES).items()
        }
        owner = _owner(found["owners"], expected)
        given["owner"] = owner
        found |= {
            kind: _asked(connection, kind, query, given) for kind, query in reach.QUERIES.items()
        }
    found["owners"] = {
        name: OWNER if whose == owner else whose for name, whose in found["owners"].items()
    }
    # The owner may do everything anyway.
    found["grants"] = {
        name: rights for name, rights in found["grants"].items() if before_to(name)[1] != owner
    }
    return found


def _asked(
    connection: psycopg.Connection[Any], kind: str, query: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    for word, meaning in _WORDS.items():
        query = query.replace(word, meaning)
    rows = connection.execute(query.encode(), given).fetchall()
    return {escaped(name): escaped(value) if kind in _HOLD_NAMES else value for name, value in rows}


def _owner(owners: Mapping[str, str], expected: Iterable[str]) -> str:
    """Whoever owns most of what the migrations' owner must own."""
    counted = Counter(owners[name] for name in expected if name in owners)
    return min(counted, key=lambda name: (-counted[name], name), default="")
