"""Every change of the security of a database is caught by its rule alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checkout import ROOT
from database import Connection
from fault_checks import found_by_posture
from fault_list import Fault, load
from faults import judge_posture
from nightly import in_nightly
from wellness_journey.checks import posture
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target

FAULTS = {fault.id: fault for fault in load() if fault.is_of_posture}


def test_every_rule_has_two_faults() -> None:
    """So that no rule knows one instance alone."""
    for rule_id in posture.RULE_IDS:
        assert sum(rule_id in fault.fires for fault in FAULTS.values()) >= 2, rule_id


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_change_is_caught_and_mended(connection: Connection, fault: Fault) -> None:
    """By exactly the rules it names; the statements that are told bring the database back."""
    assert judge_posture(fault, connection).problems == ()


@in_nightly
def test_an_older_server_tells_the_same(postgres_15: Target) -> None:
    """Each change again on the oldest PostgreSQL that is supported."""
    with settings.connect(postgres_15, autocommit=True) as connection:
        connection.execute("drop database if exists posture_faults")
        connection.execute("create database posture_faults template template0")
    target = replace(postgres_15, database="posture_faults")
    with settings.connect(target, autocommit=True) as connection:
        migrate.migrate(connection, ROOT / "migrations")
    problems = {}
    with settings.connect(target) as connection:
        for name, fault in FAULTS.items():
            problems[name] = judge_posture(fault, connection).problems
            connection.rollback()
    assert {name: told for name, told in problems.items() if told} == {}


def test_a_database_that_was_just_migrated_has_no_finding(connection: Connection) -> None:
    """Every rule is looked at."""
    found = found_by_posture(connection)
    assert {one.rule for one in found} == {*posture.RULE_IDS}
    assert {one.status for one in found} == {"pass"}
