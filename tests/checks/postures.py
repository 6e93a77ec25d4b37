"""What posture finds in a database."""

from __future__ import annotations

from pathlib import Path

from catalogued import RULES, WAY
from checkout import ROOT
from database import Connection
from wellness_journey.checks import posture
from wellness_journey.checks.results import CheckResult


def results(connection: Connection, root: Path = ROOT) -> list[CheckResult]:
    """As the pipeline's role sees it, in the transaction of `connection`."""
    connection.execute("set local role journey_pipeline")
    found = posture.compare(connection, root, RULES, WAY)
    connection.execute("reset role")
    return found


def found(connection: Connection, root: Path = ROOT) -> dict[str, tuple[str, ...]]:
    """What is found, by rule; where a rule could not be checked, why."""
    return {
        one.rule_id: one.places or (str(one.problem),)
        for one in results(connection, root)
        if one.status != "pass"
    }
