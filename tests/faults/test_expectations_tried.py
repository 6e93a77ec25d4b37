"""Each expectation of a suite has a planted fault with a value that it refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fault_checks import SUITES
from fault_list import Fault, load
from wellness_journey.checks.suites import suite_file

LITERAL = r"\b{} = (null|-?[\d.]+|'[^']*')(?=,|\s|$)"


def test_a_fault_plants_what_each_expectation_refuses() -> None:
    """A column that comes into a suite comes into a fault, too.

    `make faults` sees the expectations turn red, but it takes an hour.
    """
    faults = load()
    untried = [
        check.name
        for suite in SUITES.values()
        for check in suite.checks
        # A column that is gone, renamed or retyped is tried once a table, whatever its name.
        if check.columns and check.expectation
        if check.expectation["type"] != suite_file.TYPE_IN_LIST
        if not any(
            _plants(fault, f"{suite.schema}.{suite.table}", check.expectation)
            for fault in faults
            if check.expectation["meta"]["rule"] in fault.rules
        )
    ]
    assert untried == []


def _plants(fault: Fault, table: str, expectation: Mapping[str, Any]) -> bool:
    """Whether `fault` writes a value, or a second row, that `expectation` refuses."""
    given = expectation["kwargs"]
    if "unique" in expectation["type"]:
        return f"insert into {table}" in fault.sql
    found = re.findall(LITERAL.format(given["column"]), fault.sql)
    return table in fault.sql and any(_refused(value, given) for value in found)


def _refused(literal: str, given: Mapping[str, Any]) -> bool:
    """Whether a literal of SQL is null, or not in the set, or outside the range, as `given`."""
    if not given.keys() & {"value_set", "min_value", "max_value"}:
        return literal == "null"
    if literal == "null":
        return False
    if "value_set" in given:
        return literal.strip("'") not in map(str, given["value_set"])
    value = float(literal)
    return value < given.get("min_value", value) or value > given.get("max_value", value)
