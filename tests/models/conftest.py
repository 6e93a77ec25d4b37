"""Databases of people at the edges; people who report changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import changing_people
from builds import NO_TESTS, build
from cohorts import Cohort
from database import Connection
from edge_people import AS_OF, built_at, fill
from increments import run
from nightly import nightly
from own_sql import insertion
from played_clinic import EXACTLY, MODELS, OF_FOLLOW_UPS, Clinic
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database import settings
from wellness_journey.database.settings import Target


@pytest.fixture(scope="session")
def target_now(
    migrated: str, own_copy_of: Callable[[str], Target], copy_of: Callable[[str], Target]
) -> Target:
    target = own_copy_of(migrated)
    with settings.connect(target, autocommit=True) as connection:
        fill(connection)
    return copy_of(built_at(target, AS_OF).database)


@pytest.fixture
def now(target_now: Target) -> Iterator[Connection]:
    """The marts at `AS_OF`."""
    with settings.connect(target_now) as connection:
        yield connection


@pytest.fixture(scope="session")
def changing(
    migrated: str, own_copy_of: Callable[[str], Target], copy_of: Callable[[str], Target]
) -> Iterator[Cohort]:
    """Drawn people who report changes, with the associations built."""
    target = own_copy_of(migrated)
    with settings.connect(target, autocommit=True) as connection:
        changing_people.fill(connection)
    selected = ("--select", "+fct_behavior_associations")
    assert build(target, SEED_AS_OF, *selected, *NO_TESTS).not_built == ()
    with settings.connect(copy_of(target.database), autocommit=True) as connection:
        yield Cohort(connection, SEED_AS_OF)


@pytest.fixture(scope="session", params=[1, *map(nightly, (2, 4))])
def shown_more(
    request: pytest.FixtureRequest,
    built: str,
    own_copy_of: Callable[[str], Target],
    copy_of: Callable[[str], Target],
) -> Iterator[tuple[Cohort, int]]:
    """The synthetic cohort with a lower threshold, so that fewer groups are withheld; and it."""
    target = own_copy_of(built)
    variables = f"{{as_of: {SEED_AS_OF.isoformat()}, min_cell: {request.param}}}"
    run(target, SEED_AS_OF, "--select", "cells", "published", "--vars", variables)
    with settings.connect(copy_of(target.database), autocommit=True) as connection:
        yield Cohort(connection, SEED_AS_OF), request.param


@pytest.fixture(scope="module")
def clinic(built: str, copy_of: Callable[[str], Target]) -> Iterator[Clinic]:
    """A clinic in which a test makes people answer as it likes."""
    target = copy_of(built)
    names = [model.split(".")[1] for model in (*MODELS, *OF_FOLLOW_UPS)]
    run(target, SEED_AS_OF, "--select", *names)
    with settings.connect(target) as connection:
        connection.execute(EXACTLY.encode())
        models = (*MODELS, *OF_FOLLOW_UPS)
        queries = {model: insertion(connection, model) for model in models}
        yield Clinic(connection, queries)
        connection.rollback()
