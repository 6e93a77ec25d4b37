"""Nights of an adopted database: increments, erasure, a killed run."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

import attributes
import other_shape
from adopted import adopted, project
from builds import NO_TESTS, build
from checkout import Checkout
from database import Connection
from increments import dump
from nightly import in_nightly, nightly
from waiting import waited_for
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

TODAY = SEED_AS_OF


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A project that reads the schema wellness."""
    variables = {"input_schema": other_shape.SCHEMA, "attribute": attributes.NAMED}
    return project(tmp_path_factory.mktemp("nights"), variables)


@pytest.fixture(scope="module")
def template(
    copy_of: Callable[[str], Target],
    own_copy_of: Callable[[str], Target],
    built: str,
    checkout: Checkout,
) -> str:
    """Name of an adopted database with the synthetic people, built, to be copied."""
    target = own_copy_of("template0")
    with settings.connect(target, autocommit=True) as connection:
        other_shape.make(connection)
        attributes.make(connection)
    other_shape.move(copy_of(built), target)
    with settings.connect(target, autocommit=True) as connection:
        # By patient: 15 in each of two groups.
        connection.execute(
            "insert into app.sites (dosing, site)"
            " select id, case patient_no % 2 when 1 then 'N' else 'S' end from app.dosings"
        )
    adopted(target, checkout.root, other_shape.SCHEMA)
    assert night(target, checkout, TODAY - timedelta(days=3)) == ()
    return copy_of(target.database).database


@pytest.fixture
def clinic(template: str, own_copy_of: Callable[[str], Target]) -> Target:
    """An adopted database, built three days ago."""
    return own_copy_of(template)


@pytest.fixture
def people(clinic: Target) -> Iterator[Connection]:
    """A connection to it as the clinic's owner."""
    with settings.connect(clinic, autocommit=True) as connection:
        yield connection


def night(target: Target, checkout: Checkout, as_of: object, *arguments: str) -> tuple[str, ...]:
    """What could not be built."""
    return build(target, as_of, *NO_TESTS, *arguments, root=checkout.root).not_built


def equals_full_refresh(target: Target, people: Connection, checkout: Checkout) -> None:
    """A last night and a full refresh give the same rows; cross-checks compare others each time."""
    assert night(target, checkout, TODAY) == ()
    found = dump(people)
    assert night(target, checkout, TODAY, "--full-refresh") == ()
    whole = dump(people)
    for table in whole.keys() - {one for one in whole if ".cross_check_" in one}:
        assert found[table] == whole[table], table


CHANGES = {
    "late rows": """
        insert into app.checkins (id, dosing, patient_no, day, connected, slept, mood, energy)
        select 1000000 + id, id, patient_no, dosed_on + 20, 1, 2, 3, 4 from app.dosings
        where id % 5 = 0 and dosed_on < '2025-12-01'
    """,
    "corrected answers": "update app.checkins set mood = 6 - mood where id % 17 = 0",
    "deleted rows": "delete from app.visits where id % 11 = 0",
    "another patient": "update app.dosings set patient_no = 10001 where id = 3",
    "another site": "update app.sites set site = 'S' where dosing % 9 = 0",
    "a site more": "insert into app.sites (dosing, site) values (5, 'N'), (5, 'S'), (8, 'X')",
    "no site": "delete from app.sites where dosing % 7 = 0",
    "another day": "update app.dosings set dosed_on = dosed_on - 2 where id = 7",
}


@pytest.mark.parametrize(
    "names",
    [
        ("late rows", "another site", "a site more", "no site"),
        *map(nightly, (tuple(CHANGES), *((name,) for name in CHANGES))),
    ],
    ids=" and ".join,
)
def test_nights_equal_a_full_refresh(
    clinic: Target, people: Connection, checkout: Checkout, names: tuple[str, ...]
) -> None:
    """Whatever the clinic changed in its own tables, and though no trigger of ours is on them."""
    for day, name in enumerate(names):
        people.execute(CHANGES[name].encode())
        assert night(clinic, checkout, TODAY - timedelta(days=max(0, 2 - day))) == ()
    equals_full_refresh(clinic, people, checkout)


def test_an_erased_patient_is_gone_from_every_table(
    clinic: Target, people: Connection, checkout: Checkout
) -> None:
    """The clinic deletes its rows; the next run deletes copies, keys, marts and notes of them."""
    patient = people.execute("select min(patient_no) from app.dosings").fetchone()
    keys = [
        str(row[0])
        for row in people.execute(
            "select key from intake.keys where kind = 'patient_id' and source_key = %s::text"
            " union select s.session_id from intake.log_sessions as s inner join intake.keys as k"
            " on k.key = s.patient_id where k.source_key = %s::text",
            (str(patient[0]), str(patient[0])) if patient else (),
        )
    ]
    assert len(keys) > 1
    people.execute(
        "delete from app.sites where dosing in (select id from app.dosings where patient_no = %s)",
        patient,
    )
    for table in ("checkins", "visits", "changes", "endings", "dosings"):
        people.execute(f"delete from app.{table} where patient_no = %s".encode(), patient)
    assert night(clinic, checkout, TODAY) == ()
    tables = people.execute(
        "select format('%I.%I', n.nspname, c.relname) from pg_class as c"
        " inner join pg_namespace as n on n.oid = c.relnamespace where c.relkind = 'r'"
        " and n.nspname = any('{intake,intermediate,marts,published,quality}'::text[])"
    ).fetchall()
    for (table,) in tables:
        query = f"select count(*) from {table} as t where t::text ~ %s"
        assert people.execute(query.encode(), ("|".join(keys),)).fetchone() == (0,), table


@in_nightly
def test_a_killed_night_is_made_up_for(
    clinic: Target, people: Connection, checkout: Checkout
) -> None:
    """In the intake as in a model: the next run has all of it."""
    for table, name in (("intake.log_pulse_checks", "late rows"), ("marts.dim_sessions", "")):
        if name:
            people.execute(CHANGES[name].encode())
        with settings.connect(clinic, autocommit=True) as watcher, watcher.transaction():
            watcher.execute(f"lock table {table} in share mode".encode())
            child = checkout.start(clinic, "run", "--as-of", TODAY.isoformat())
            waited_for(
                lambda: (
                    people.execute(
                        "select from pg_locks where not granted and relation is not null"
                    ).rowcount
                    > 0
                )
            )
            child.send_signal(signal.SIGKILL)
            child.communicate()
    equals_full_refresh(clinic, people, checkout)
