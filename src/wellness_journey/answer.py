"""What a verb answers: lines for people, data for --json, and the exit code.

Exit codes: 0 nothing at or above --fail-on; 1 it ran, and checks failed or rows were rejected;
2 it could not do its job; 130 or 143 interrupted. Results go to stdout, progress to stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from wellness_journey import files
from wellness_journey.database.refusals import trouble_of_class
from wellness_journey.progress import abandon

if TYPE_CHECKING:
    from wellness_journey.checks import Checked
    from wellness_journey.night import Reported

PASSED, FAILED, UNABLE = 0, 1, 2


@dataclass
class Answer:
    """What a verb says: lines for people, `data` for --json, and the exit code."""

    lines: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    exit_code: int = PASSED


def error(told: str) -> Answer:
    """The answer of a verb that could not do its job."""
    return Answer([f"journey: {told}"], {"error": told}, UNABLE)


def of_funnels(path: Path) -> Answer:
    """Where practitioners stand side by side: no place that others read."""
    told = f"practitioners side by side: {shown(path)} (for you alone: keep it private)"
    return Answer([told], {"funnels": str(path)})


def give(answer: Answer, say: Callable[[str], None], *, as_json: bool) -> int:
    """Print the answer; the exit code. `say` tells where it cannot be printed."""
    if as_json:
        outcome = {"exit_code": answer.exit_code, **answer.data}
        text, stream = json.dumps(outcome, indent=2, default=str), sys.stdout
    else:
        text = "\n".join(answer.lines)
        stream = sys.stderr if "error" in answer.data else sys.stdout
    return answer.exit_code if _is_printed(text, stream, say) else UNABLE


def _is_printed(text: str, stream: TextIO, say: Callable[[str], None]) -> bool:
    """Whether the answer could be given; nobody need read it to its end."""
    # Names of files and headings are another's: nothing in them may move the cursor.
    text = "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)
    try:
        print(text, file=stream, flush=True)
    except OSError as problem:
        abandon(stream)
        if not isinstance(problem, BrokenPipeError):
            say(f"journey: the answer cannot be written: {files.reason(problem)}")
            return False
    return True


def of_report(reported: Reported, fail_on: str) -> Answer:
    """What a run found, what could not be done, and the files of its report."""
    from wellness_journey import report

    found = reported.read.found
    lines = [report.told(rule) for rule in found.attention if rule.status != "skipped"]
    lines += places(reported.checked)
    if lines:
        lines.append("")
    lines.append(report.verdict(found))
    answer = Answer(lines, report.as_dict(reported.read), exit_code(found.verdict, fail_on))
    if reported.not_made:
        answer.lines.insert(0, f"NOT MADE  {reported.not_made}")
        answer.exit_code = UNABLE
    for name, title, undone in (
        ("not_written", "NOT WRITTEN", reported.not_written),
        ("not_built", "NOT BUILT", reported.not_built),
    ):
        if undone:
            answer.lines = [*(f"{title}  {line}" for line in undone), "", *answer.lines]
            answer.data[name] = list(undone)
            answer.exit_code = UNABLE
    answer.lines += map(shown, reported.paths)
    if not reported.may_document:
        answer.lines.append("dbt-docs.html is left as it is: only journey_pipeline makes it")
    return answer


def places(checked: Checked | None) -> list[str]:
    """Only at the check itself are the names of columns and the reason of an error at hand."""
    lines = []
    problems: dict[str, list[str]] = {}
    for result in checked.results if checked else ():
        lines += [f"       {result.rule_id}  {place}" for place in result.places]
        if result.problem:
            problems.setdefault(result.problem, []).append(result.rule_id)
    for problem, (first, *others) in problems.items():
        more = f" and {len(others)} more" if others else ""
        lines.append(f"       {first}{more}  {trouble_of_class(problem)}")
    return lines


def exit_code(verdict: str, fail_on: str) -> int:
    """By the verdict of a run, or the status of a rule."""
    if verdict == "error":
        return UNABLE
    if verdict == "fail" or (verdict == "warn" and fail_on == "warn"):
        return FAILED
    return PASSED


def shown(path: Path) -> str:
    """A path as short as it can be given from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
