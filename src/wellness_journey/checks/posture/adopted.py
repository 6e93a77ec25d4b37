"""Posture of a database that works on a clinic's own tables: what differs from the other way.

The roles of the application's API are the clinic's own affair, and so are its functions, unless
they pass row-level security by. The relations that the pipeline reads are meant to be read.
"""

from __future__ import annotations

from typing import Any

import psycopg

from wellness_journey.adoption import lacking
from wellness_journey.adoption.contract import Contract
from wellness_journey.checks.posture.expected import subject
from wellness_journey.checks.posture.facts import Facts, Scope

FILE = "expectations/posture/adopted.json"
SCOPE = Scope((), (), False, ("journey_pipeline", "journey_restricted", "journey_analyst"))
# `journey adopt` makes them for each clinic, and a run compares them with what it would make.
_MADE_FOR_A_CLINIC = ("intake.take_in(", "intake.count_source_rows(")
_COPIES = "intake.log_"


def without_made_for_a_clinic(facts: Facts) -> Facts:
    """`facts` without what follows from the clinic's lists of questions and instruments."""
    left = {kind: dict(of) for kind, of in facts.items()}
    left["functions"] = {
        name: is_
        for name, is_ in left.get("functions", {}).items()
        if not name.startswith(_MADE_FOR_A_CLINIC)
    }
    left["columns"] = {
        name: is_
        for name, is_ in left.get("columns", {}).items()
        if not subject("columns", name).startswith(_COPIES)
    }
    return left


def without_the_clinics(
    connection: psycopg.Connection[Any], found: Facts, contract: Contract, schema: str
) -> Facts:
    """`found` without relations that the pipeline is meant to read, and without functions that read
    as whoever calls them."""
    meant = lacking.read_by_pipeline(connection, contract, schema)
    callers = {
        f"routine {name}"
        for (name,) in connection.execute(
            "select quote_ident(n.nspname) || '.' || quote_ident(p.proname) "
            "|| '(' || oidvectortypes(p.proargtypes) || ')' from pg_proc as p "
            "inner join pg_namespace as n on n.oid = p.pronamespace where not p.prosecdef"
        ).fetchall()
    }
    strangers = {
        name: is_
        for name, is_ in found["strangers"].items()
        if name.split(" ", 1)[-1].removeprefix("materialized ").split(" ")[-1] not in meant
        and (name not in callers or name.split(" ")[1].startswith("intake."))
    }
    return {**found, "strangers": strangers}
