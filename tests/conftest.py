"""A throwaway embedded server for the whole run; a fresh migrated database for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import hypothesis
import pytest

import ended_people
from builds import NO_TESTS, build
from checkout import HOSTILE, ROOT, Checkout, Demo
from cohorts import OPEN_PLAY, Cohort
from database import Connection, copied, let_go, other_server, throwaway
from wellness_journey.cohort import seed
from wellness_journey.database import migrate, server, settings
from wellness_journey.database.settings import Target
from wellness_journey.intake import load

# A slow machine fails no test: examples may take as long as they need.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")

_numbers = count(1)
# Measured. Begun last, one of these would keep the other processes waiting.
_LONGEST = ("demo", "test_increments.py", "test_increments_trust.py", "test_upgrade.py")


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of several processes one makes each cohort, and the demo; else a file stays together, or the
    files of one `GROUP`, which share what is slow to make. The longest come first."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        of_cohort = getattr(item, "callspec", None) and item.callspec.params.get("cohort")
        of_module = getattr(getattr(item, "module", None), "GROUP", item.path.name)
        group = of_cohort or ("demo" if "demo" in names else of_module)
        item.add_marker(pytest.mark.xdist_group(str(group)))
    items.sort(key=lambda item: item.get_closest_marker("xdist_group").args[0] not in _LONGEST)


@pytest.fixture(scope="session")
def embedded() -> Iterator[Target]:
    """One server for all tests."""
    with throwaway() as target:
        yield target


@pytest.fixture(scope="session")
def postgres_15() -> Iterator[Target]:
    """A throwaway PostgreSQL 15, the oldest that is supported, or newer, where one is installed."""
    with other_server() as target:
        yield target


@pytest.fixture(scope="session")
def copy_of(embedded: Target) -> Callable[[str], Target]:
    """Makes a database from a template database; all go with the server."""
    return lambda template: copied(embedded, template, f"test_{next(_numbers)}")


@pytest.fixture(scope="session")
def own_copy_of(embedded: Target) -> Callable[[str], Target]:
    """As `copy_of`, for the one database that a test builds in: under one name in all tests, as
    for another dbt reads the whole project anew."""
    return lambda template: copied(embedded, template, "test_own")


@pytest.fixture(scope="session")
def migrated(copy_of: Callable[[str], Target]) -> str:
    """Name of a database with all migrations and no row, to be copied."""
    target = copy_of("template0")
    with settings.connect(target, autocommit=True) as connection:
        migrate.migrate(connection, ROOT / "migrations")
    return target.database


@pytest.fixture(scope="session")
def built(
    migrated: str, own_copy_of: Callable[[str], Target], copy_of: Callable[[str], Target]
) -> str:
    """Name of a database with a small synthetic cohort, built by dbt, to be copied."""
    target = own_copy_of(migrated)
    with settings.connect(target, autocommit=True) as connection:
        # Thirty patients: of fewer, everything would be withheld from a day on.
        seed.seed(connection, sessions=60)
    build(target, seed.SEED_AS_OF, *NO_TESTS)
    return copy_of(target.database).database


@pytest.fixture(scope="session")
def shared_target(migrated: str, copy_of: Callable[[str], Target]) -> Target:
    """One migrated database for all tests that roll back what they do."""
    return copy_of(migrated)


@pytest.fixture
def connection(shared_target: Target) -> Iterator[Connection]:
    """As the owner in a migrated database without rows; rolled back at the end."""
    with settings.connect(shared_target) as connection:
        # From here on a block of `connection.transaction()` is a part and commits nothing.
        connection.execute("select")
        yield connection
        connection.rollback()


@pytest.fixture
def target(migrated: str, own_copy_of: Callable[[str], Target]) -> Target:
    """A fresh migrated database."""
    return own_copy_of(migrated)


@pytest.fixture
def database(target: Target) -> Iterator[Connection]:
    """A connection to a fresh migrated database, as its owner, in autocommit mode."""
    with settings.connect(target, autocommit=True) as connection:
        yield connection


@pytest.fixture
def log_in(target: Target, database: Connection) -> Iterator[Callable[[str], Connection]]:
    """Connections as a fresh login that is a member of the roles named, and of nothing else."""
    made: list[tuple[str, Connection]] = []

    def log_in(roles: str) -> Connection:
        name = f"login_{next(_numbers)}"
        database.execute(f"create role {name} login inherit in role {roles}".encode())
        connection = settings.connect(replace(target, user=name), autocommit=True)
        made.append((name, connection))
        return connection

    yield log_in
    for name, connection in made:
        connection.close()
        database.execute(f"drop owned by {name}".encode())
        database.execute(f"drop role {name}".encode())


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A copy of the project with a home of its own."""
    return Checkout(tmp_path)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`journey demo` in a checkout of its own; its server runs until the end."""
    checkout = Checkout(tmp_path_factory.mktemp("demo"), all_unit_tests=True)
    home = checkout.home / "journey"
    try:
        code, out, err = checkout.journey(HOSTILE, "demo")
        target = server.running(home)
        assert target, out + err
        let_go(target)
        yield Demo(checkout, code, out, err, checkout.files(), target)
    finally:
        server.remove(home)


@pytest.fixture(
    scope="session", params=["synthetic", "synthetic, seen earlier", "ended", "open play"]
)
def cohort(
    request: pytest.FixtureRequest,
    built: str,
    migrated: str,
    own_copy_of: Callable[[str], Target],
    copy_of: Callable[[str], Target],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cohort]:
    """The synthetic cohort at its own as_of and at an earlier one; people whose journeys end, with
    entries after that; real diaries."""
    as_of = seed.SEED_AS_OF
    if request.param == "open play":
        if not OPEN_PLAY.is_dir():
            pytest.skip(f"NO REAL DATA: {OPEN_PLAY} is not there")
        target, as_of = own_copy_of(migrated), date(2025, 9, 30)
        with settings.connect(target, autocommit=True) as connection:
            load.load(connection, OPEN_PLAY, tmp_path_factory.mktemp("rejects"))
        build(target, as_of, *NO_TESTS)
    elif request.param == "ended":
        target = own_copy_of(migrated)
        with settings.connect(target, autocommit=True) as connection:
            ended_people.fill(connection)
        build(target, as_of, *NO_TESTS)
    else:
        target = own_copy_of(built)
        if request.param != "synthetic":
            as_of -= timedelta(days=200)
            build(target, as_of, *NO_TESTS)
    with settings.connect(copy_of(target.database), autocommit=True) as connection:
        yield Cohort(connection, as_of)
