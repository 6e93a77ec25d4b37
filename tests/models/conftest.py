"""Databases of people at the edges; people who report changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

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


@pytest.fixture(scope="session")
def with_threshold(
    built: str, own_copy_of: Callable[[str], Target], copy_of: Callable[[str], Target]
) -> Iterator[Callable[[int], Cohort]]:
    """Gives the synthetic cohort with a lower threshold, so that fewer groups are withheld."""
    made: dict[int, Cohort] = {}

    def of(threshold: int) -> Cohort:
        if threshold not in made:
            target = own_copy_of(built)
            variables = f"{{as_of: {SEED_AS_OF.isoformat()}, min_cell: {threshold}}}"
            run(target, SEED_AS_OF, "--select", "cells", "published", "--vars", variables)
            connection = open_ones.enter_context(
                settings.connect(copy_of(target.database), autocommit=True)
            )
            made[threshold] = Cohort(connection, SEED_AS_OF)
        return made[threshold]

    with ExitStack() as open_ones:
        yield of


@pytest.fixture(scope="session", params=[1, *map(nightly, (2, 4))])
def shown_more(
    request: pytest.FixtureRequest, with_threshold: Callable[[int], Cohort]
) -> tuple[Cohort, int]:
    """The cohort with a threshold, and the threshold."""
    return with_threshold(request.param), request.param


@pytest.fixture(scope="session")
def unsuppressed(with_threshold: Callable[[int], Cohort]) -> Cohort:
    """The cohort with a threshold of one patient, so that nearly every figure is there."""
    return with_threshold(1)


@pytest.fixture(scope="session")
def played(built: str, copy_of: Callable[[str], Target]) -> Target:
    """A database with the tables that a played clinic fills."""
    target = copy_of(built)
    names = [model.split(".")[1] for model in (*MODELS, *OF_FOLLOW_UPS)]
    run(target, SEED_AS_OF, "--select", *names)
    return target


@pytest.fixture(scope="module")
def clinic(played: Target) -> Iterator[Clinic]:
    """A clinic in which a test makes people answer as it likes."""
    with settings.connect(played) as connection:
        connection.execute(EXACTLY.encode())
        models = (*MODELS, *OF_FOLLOW_UPS)
        queries = {model: insertion(connection, model) for model in models}
        yield Clinic(connection, queries)
        connection.rollback()
