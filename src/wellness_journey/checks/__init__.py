"""`journey check`: the suites, the column policy, the scan of free text, the posture, and the
comparison with earlier runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import psycopg

from wellness_journey.adoption import contract, record
from wellness_journey.checks import earlier_runs, posture, results, usual_shares
from wellness_journey.checks.privacy import column_policy, policy_file, text_scan
from wellness_journey.checks.results import CheckResult
from wellness_journey.checks.suites import evaluation, suite_file
from wellness_journey.checks.way import Way
from wellness_journey.database.refusals import trouble
from wellness_journey.database.settings import PIPELINE_ROLE, Target, connect
from wellness_journey.errors import JourneyError, UsageError
from wellness_journey.rules import catalogue, lists

__all__ = ["CheckResult", "Checked", "check"]


@dataclass(frozen=True)
class Checked:
    """What was found, and the row of quality.runs that it was written under."""

    run_id: UUID
    results: tuple[CheckResult, ...]


def check(
    target: Target,
    root: Path,
    as_of: date,
    run_id: UUID | None = None,
    only: Collection[str] = (),
) -> Checked:
    """Run every suite of `root`/expectations, the column policy, the scan and the posture against
    `target`, and compare the run with earlier ones.

    Works as the pipeline's role. With `only`, ids of rules, nothing else is checked. The results
    replace earlier ones of the same run in quality.check_results, and the catalogue those in
    quality.rules, in one transaction: see `results.keep` for which run that is.

    Raises:
        UsageError: the catalogue cannot be read, there are no suites, no run `run_id`, or a rule of
            `only` that is not checked here.
        NoConnectionError: the database cannot be reached, or was lost on the way; nothing
            was written.
        JourneyError: the database refused something; nothing was written.
    """
    started_at = datetime.now(UTC)
    rules = catalogue.read(root / catalogue.FILE)
    found = _selected(suite_file.read(root / "expectations", rules), rules, only)
    with connect(target, role=PIPELINE_ROLE, autocommit=True, name="journey check") as connection:
        try:
            way = Way(contract.read(root), lists.read(root), record.read(connection))
            rules = way.rules(rules)
            outcome = evaluation.evaluate(target, connection, way.suites(found))
            policy = root / policy_file.FILE
            of_columns = column_policy.compare(connection, policy, rules, way)
            of_texts = text_scan.scan(connection, policy, rules, way)
            of_security = posture.compare(connection, root, rules, way)
            outcome += [
                result
                for result in (*of_columns, *of_texts, *of_security)
                if not only or result.rule_id in only
            ]
            with connection.transaction():
                catalogue.keep(connection, rules.values())
                run_id = results.keep(connection, outcome, run_id, as_of, started_at, only)
                results.set_not_applicable(connection, run_id, way.without_columns(rules))
                usual = usual_shares.judge(connection, run_id, rules)
                outcome = [
                    replace(one, status="pass", query=None)
                    if (one.engine, one.check_name) in usual
                    else one
                    for one in outcome
                ]
                # Which is about all results of the run, dbt's as well.
                beside = [
                    result
                    for result in earlier_runs.compare(connection, run_id, rules, way.raw_schema)
                    if not only or result.rule_id in only
                ]
                results.add(connection, run_id, beside)
                earlier_runs.record(connection, run_id)
        except psycopg.Error as error:
            if connection.broken:
                raise evaluation.lost(target, type(error).__name__) from None
            raise JourneyError(
                f"{target} refused what the check needs, and nothing was written: "
                f"{trouble(error)}; if tables or rights are missing, run `journey migrate`; then "
                "run this again"
            ) from None
    return Checked(run_id, (*outcome, *beside))


def _selected(
    found: list[suite_file.Suite], rules: dict[str, catalogue.Rule], only: Collection[str]
) -> list[suite_file.Suite]:
    """The checks of the rules in `only`; without any, all."""
    if not only:
        return found
    chosen = []
    for suite in found:
        checks = tuple(one for one in suite.checks if one.rule and one.rule.rule_id in only)
        if checks:
            chosen.append(replace(suite, checks=checks))
    here = {one.rule.rule_id for suite in chosen for one in suite.checks if one.rule}
    here |= {rule_id for rule_id in rules if rule_id.startswith(("PH-", "PO-", "RN-"))}
    for rule_id in only:
        if rule_id not in rules:
            raise UsageError(f"there is no rule {rule_id}: {catalogue.FILE} lists them")
        if rule_id not in here:
            name = rules[rule_id].test_name
            raise UsageError(f"{rule_id} is checked by dbt: `dbt test --select {name}*`")
    return chosen
