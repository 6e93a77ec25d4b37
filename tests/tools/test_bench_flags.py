"""The parts of the benchmark of flags do what they say; what it finds is not looked at."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from checkout import ROOT


@pytest.fixture(scope="module", autouse=True)
def benchmarks() -> Any:
    """Benchmarks are programs beside each other, no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield


def test_a_chart_fires_above_its_limit_so_many_times_running() -> None:
    """On the limit it does not; and the highest limit is the one at which it would not fire."""
    from flag_people import Chart

    chart = Chart((40, 41, 50, 51, 52), (2.0, 3.0, 1.0, 2.5, 2.2))
    assert chart.fired(2.0, 1) == [False, True, False, True, True]
    assert chart.fired(1.9, 2) == [False, True, False, False, True]
    assert chart.highest(1) == 3.0
    assert chart.highest(2) == 2.2
    assert not any(chart.fired(chart.highest(2), 2))
    assert Chart((), ()).highest(1) == float("-inf")


def test_a_flag_is_new_when_the_rule_did_not_fire_the_time_before() -> None:
    """One that goes on from before the drop is not found by it, nor one that comes too late."""
    from flag_people import Chart, Person
    from review_flags import is_flagged

    person = Person(1, fall_day=60)
    before, in_time, late = (
        Chart((58, 60, 70), (2, 2, 2)),
        Chart((58, 60, 87), (0, 0, 2)),
        Chart((58, 60, 88), (0, 0, 2)),
    )
    assert [is_flagged(chart, 1, 1, person, "1") for chart in (before, in_time, late)] == [
        False,
        True,
        False,
    ]
    # A slide has 56 days; who does not fall is flagged by any.
    assert is_flagged(late, 1, 1, person, "slide")
    assert is_flagged(before, 1, 1, person, "0")
    assert is_flagged(Chart((58, 60, 62, 70), (2, 2, 0, 2)), 1, 1, person, "1")


def test_a_limit_flags_the_share_that_it_is_set_by() -> None:
    """Of ten people the limit of 20 % flags two."""
    from flag_people import Chart, Looks, Person
    from review_flags import limit

    charts = {number: Chart((40,), (float(number),)) for number in range(10)}
    persons = [Person(number, 60) for number in range(10)]
    found = Looks(charts, {}, {}, 0.6)
    height = limit(found, "drop", persons, 0.2)
    assert sum(any(chart.fired(height, 1)) for chart in charts.values()) == 2


def test_chances_of_scores_add_up() -> None:
    """One score is enough for a rule of one; of two running the first can never fire."""
    from flag_chances import chances_of_scores

    one, two = list(chances_of_scores(27, 6, 1)), list(chances_of_scores(27, 6, 2))
    assert one[0][0] == pytest.approx(one[0][1])
    assert two[0] == (0.0, 0.0)
    assert two[1][0] == pytest.approx(two[1][1])
    assert all(0 < later[0] - sooner[0] < later[1] for sooner, later in pairwise(two[1:]))
    # Nobody can get worse by six points from the highest scores on.
    assert one[-1][0] < 1
