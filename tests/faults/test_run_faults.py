"""Every fault that only earlier runs can tell is caught by its rule alone."""

from __future__ import annotations

import pytest

from database import Connection
from fault_list import Fault, load
from faults import judge_runs
from wellness_journey.checks import earlier_runs

FAULTS = {fault.id: fault for fault in load() if fault.is_of_runs}


def test_every_rule_has_its_fault() -> None:
    """No rule is left out of the list."""
    assert {rule_id for fault in FAULTS.values() for rule_id in fault.rules} == {
        *earlier_runs.RULE_IDS
    }


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_caught(connection: Connection, fault: Fault) -> None:
    """By exactly the rules that it names; without it nothing is found."""
    assert judge_runs(fault, connection).problems == ()
