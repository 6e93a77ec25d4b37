"""A rule that some rows break in every clinic, judged by the last runs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pytest

from catalogued import RULES
from database import Connection
from runs import record
from wellness_journey.checks import usual_shares


def nights(connection: Connection, failing: Sequence[int]) -> list[UUID]:
    """Runs one after the other; in each so many of 100 rows fail."""
    runs = []
    for number, count in enumerate(failing, 1):
        runs.append(record(connection, number, {"PC-004": "warn", "PC-015": "warn"}))
        connection.execute(
            "update quality.check_results set failing = %s where run_id = %s", (count, runs[-1])
        )
    return runs


def judged(connection: Connection, run_id: UUID) -> dict[str, str]:
    """The statuses of a run, once it is judged; twice is as once."""
    told = usual_shares.judge(connection, run_id, RULES)
    found = dict(
        connection.execute(
            "select rule_id, status from quality.check_results"
            " where run_id = %s and engine = 'dbt'",
            (run_id,),
        ).fetchall()
    )
    assert told == ({("dbt", "PC-004 dbt")} if found["PC-004"] == "pass" else set())
    assert usual_shares.judge(connection, run_id, RULES) == set()
    return found


def test_a_first_run_warns(connection: Connection) -> None:
    """There is nothing to judge it by."""
    (run,) = nights(connection, [1])
    assert judged(connection, run) == {"PC-004": "warn", "PC-015": "warn"}


@pytest.mark.parametrize(
    ("failing", "status"),
    [
        ([10, 10, 15], "pass"),
        ([10, 10, 16], "warn"),
        # The median of the last seven is 10, and then 90.
        ([90, 90, 10, 10, 10, 10, 90, 90, 90, 30], "warn"),
        ([90, 10, 10, 10, 90, 90, 90, 90, 30], "pass"),
        ([0, 0, 1], "warn"),
    ],
)
def test_half_again_the_usual_share_passes(
    connection: Connection, failing: list[int], status: str
) -> None:
    """Usual is the median of seven runs. Of another rule failing rows are never usual."""
    *_, run = nights(connection, failing)
    assert judged(connection, run) == {"PC-004": status, "PC-015": "warn"}


def test_a_run_of_a_later_day_is_not_before(connection: Connection) -> None:
    """A run for an earlier reporting date is not compared with later ones."""
    *_, run = nights(connection, [10, 10])
    connection.execute("update quality.runs set as_of = '2020-01-01' where run_id = %s", (run,))
    assert judged(connection, run)["PC-004"] == "warn"
