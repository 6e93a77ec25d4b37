"""`journey check`: the Great Expectations suites and the column policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import psycopg

from wellness_journey.checks import column_policy, evaluation, results, suites
from wellness_journey.checks.results import CheckResult
from wellness_journey.errors import JourneyError, NoConnectionError
from wellness_journey.refusals import refusal
from wellness_journey.settings import PIPELINE_ROLE, Target, connect

__all__ = ["CheckResult", "Checked", "check"]


@dataclass(frozen=True)
class Checked:
    """What was found, and the row of quality.runs that it was written under."""

    run_id: UUID
    results: tuple[CheckResult, ...]


def check(target: Target, root: Path, as_of: date, run_id: UUID | None = None) -> Checked:
    """Run every suite of `root`/expectations and the column policy against `target`.

    Works as the pipeline's role. The results replace earlier ones of the same run in
    quality.check_results, in one transaction: see `results.keep` for which run that is.

    Raises:
        UsageError: there are no suites, or no run `run_id`.
        NoConnectionError: the database cannot be reached, or was lost on the way; nothing
            was written.
        JourneyError: the database refused something; nothing was written.
    """
    started_at = datetime.now(UTC)
    found = suites.read(root / "expectations")
    with connect(target, role=PIPELINE_ROLE, autocommit=True, name="journey check") as connection:
        try:
            outcome = evaluation.evaluate(target, connection, found)
            outcome += column_policy.compare(connection, root / column_policy.FILE)
            run_id = results.keep(connection, outcome, run_id, as_of, started_at)
        except psycopg.Error as error:
            if connection.broken:
                raise NoConnectionError(
                    f"{target} was lost during the check ({type(error).__name__}): "
                    "nothing was written; run `journey check` again when it is back"
                ) from None
            raise JourneyError(
                f"{target} refused what the check needs, {refusal(error)}: nothing was written; "
                "has `journey migrate` been run?"
            ) from None
    return Checked(run_id, tuple(outcome))
