"""No canary in what a run leaves: the files of the report, dbt's folders, the screens."""

from __future__ import annotations

from canaries import MAIL, NAME
from database import as_owner
from watched import AS_OF, Watched
from wellness_journey.database.settings import Target

RULES = ("PC-003", "PC-004", "PC-006", "PC-011", "PH-006", "PH-011", "XC-001", "LG-001")
# The verb for each, for people and for machines, in one process.
EXPLAIN = """
import sys
from wellness_journey import cli
for rule in sys.argv[1:]:
    assert cli.main(["explain", rule]) == cli.main(["explain", rule, "--json"]) == 0
"""
FILES = {"index.html", "summary.md", "summary.json", "junit.xml", "dbt-docs.html"}


def test_the_report_and_the_screens_hold_no_value(checkout: Watched, planted: Target) -> None:
    """With a canary in every column and in comments: each file is written, and searched."""
    with as_owner(planted) as connection:
        said = f"as {NAME} ({MAIL}) wants it"
        for place in (
            "table public.log_pulse_checks",
            "column public.log_pulse_checks.notes",
            "column public.log_sessions.session_id",
        ):
            connection.execute(f"comment on {place} is '{said}'".encode())
    step = checkout.temporary / "step.md"
    checkout.variables["GITHUB_STEP_SUMMARY"] = str(step)
    code, told = checkout.told(planted, "run", *AS_OF)
    assert (code, "PH-006" in told) == (1, True), told
    reports = checkout.root / "reports"
    assert {path.name for path in reports.iterdir()} >= FILES
    assert all((reports / name).stat().st_size > 1_000 for name in FILES)
    assert step.stat().st_size > 1_000
    for verb in (["report", "--json"], ["status"], ["status", "--json"]):
        assert checkout.told(planted, *verb)[0] == 1
    # The server comes first.
    told = checkout.python(planted, EXPLAIN, *RULES).splitlines()
    assert [line[:6] for line in told if line[:6] in RULES] == [*RULES]
    assert sum(line.startswith('  "exit_code": 0,') for line in told) == len(RULES)
