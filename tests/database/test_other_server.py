"""A PostgreSQL that is not the embedded one: the oldest supported, from the distribution."""

# In `make nightly`; the schema and its grants are tried on it in `make test` too.

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from builds import build
from checkout import ROOT
from database import Connection
from increments import dump
from nightly import in_nightly
from postgres_15 import VERSION
from rows import ALICE, Session, acting_as
from wellness_journey.cohort import seed
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target

pytestmark = in_nightly


@pytest.fixture(scope="module")
def other(postgres_15: Target) -> Iterator[Connection]:
    """The same small cohort as `built`, on the other server."""
    with settings.connect(postgres_15, autocommit=True) as connection:
        migrate.migrate(connection, ROOT / "migrations")
        seed.seed(connection, sessions=40)
        build(postgres_15)
        yield connection


def test_it_is_another_server(other: Connection) -> None:
    """These tests talk to the distribution's server."""
    assert other.info.server_version // 10000 == VERSION


def test_tables_are_the_same_bytes_on_both(
    other: Connection, built: str, copy_of: Callable[[str], Target]
) -> None:
    """The same rows and as_of give the same tables, steps in between included, on PostgreSQL 15 and
    the embedded server."""
    with settings.connect(copy_of(built), autocommit=True) as embedded:
        there, here = dump(other), dump(embedded)
    assert there.keys() == here.keys()
    assert [name for name, rows in here.items() if there[name] != rows] == []


def test_cross_checks_match(other: Connection) -> None:
    """The functions and the marts agree on PostgreSQL 15 too."""
    assert other.execute("select distinct outcome from quality.cross_checks").fetchall() == [
        ("match",)
    ]


def test_row_level_security_holds(other: Connection) -> None:
    """A practitioner sees own rows only on PostgreSQL 15 too."""
    with acting_as(other, "authenticated", ALICE):
        found = other.execute("select count(*) from public.log_pulse_checks").fetchone()
    assert found == (0,)
    session = Session().create(other)
    with acting_as(other, "authenticated", ALICE):
        session.pulse_check(other)
        found = other.execute("select count(*) from public.log_pulse_checks").fetchone()
    assert found == (1,)
