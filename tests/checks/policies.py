"""What a column policy says of a database."""

from __future__ import annotations

from pathlib import Path

from checkout import ROOT
from database import Connection
from wellness_journey.checks import catalogue, column_policy
from wellness_journey.checks.results import CheckResult


def compare(connection: Connection, path: Path) -> list[CheckResult]:
    return column_policy.compare(connection, path, catalogue.read(ROOT / catalogue.FILE))


def red(results: list[CheckResult]) -> dict[str, tuple[str, ...]]:
    return {result.rule_id: result.places for result in results if result.status != "pass"}


def by_id(results: list[CheckResult]) -> dict[str, CheckResult]:
    return {result.rule_id: result for result in results}
