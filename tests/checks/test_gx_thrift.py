"""What is kept of Great Expectations' work is what it would work out."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from wellness_journey.checks.suites.gx_thrift import be_thrifty
from wellness_journey.checks.suites.source import quiet

with quiet():  # it warns of what it imports
    from great_expectations import expectations as gxe
    from great_expectations.core.id_dict import IDDict

plain = st.none() | st.booleans() | st.integers() | st.text()


@pytest.fixture(autouse=True)
def _thrifty() -> None:
    with quiet():
        be_thrifty()


@given(st.dictionaries(st.text(), plain | st.floats(allow_nan=False) | st.lists(plain)))
def test_a_key_is_its_own(values: dict[str, Any]) -> None:
    """With its keys named, it is worked out as the library does."""
    assert IDDict(values).to_id() == IDDict(values).to_id(id_keys=list(values))


def test_arguments_are_those_that_the_expectation_has_now() -> None:
    """After a change, of another expectation, and whoever changed what was handed out."""
    one = gxe.ExpectColumnValuesToBeBetween(column="mood_level", min_value=1, max_value=5)
    two = gxe.ExpectColumnValuesToNotBeNull(column="mood_level")
    first = one.configuration
    assert first.kwargs == {"column": "mood_level", "min_value": 1, "max_value": 5}
    first.kwargs["column"] = "other"
    assert one.configuration.kwargs["column"] == "mood_level"
    one.max_value = 4
    assert one.configuration.kwargs["max_value"] == 4
    assert two.configuration.type == "expect_column_values_to_not_be_null"
