"""Writes docs/rules.md from the catalogue: `python tests/tools/rules_page.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from wellness_journey.checks.privacy.text_rules import KINDS
from wellness_journey.checks.suites import suite_file
from wellness_journey.rules import catalogue
from wellness_journey.rules.catalogue import Rule

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "rules.md"
_HEAD = """# Quality rules

Written by `python tests/tools/rules_page.py` from [the catalogue](../expectations/rules.yml);
change it there. {count} rules, each once, by the table they are about. `journey explain PC-004`
tells one of them with its last results; [report.md](report.md) says how results become a verdict
and a score.

- **kind**: conformance, completeness or plausibility (Kahn et al. 2016); verified by the data's own
  rules, or validated against another source where it says so.
- **severity**: critical, major and minor weigh 3, 2 and 1 in the score. A broken critical rule
  fails the run, others warn; in dbt, rules about raw data (`public`) always warn, so that the marts
  are built all the same and the rows concerned are set aside.
- **checked by**: the table's own constraints, which refuse the row; dbt tests; a Great Expectations
  suite; the column policy, which reads the database's catalogue; the scan of free text; posture,
  the database's security against what the migrations make.
- **tolerated**: no row, unless a share is named.
"""


def page() -> str:
    """The whole page."""
    rules = catalogue.read(ROOT / catalogue.FILE)
    dbt = "\n".join(
        path.read_text(encoding="utf-8") + path.stem
        for path in sorted((ROOT / "dbt_project").rglob("*"))
        if path.suffix in (".yml", ".sql")
    )
    in_suites = {
        check.rule.rule_id
        for suite in suite_file.read(ROOT / "expectations", rules)
        for check in suite.checks
        if check.rule
    }
    of_table: dict[str, list[Rule]] = {}
    for rule in rules.values():
        of_table.setdefault(rule.table, []).append(rule)
    lines = [_HEAD.format(count=len(rules))]
    for table, listed in of_table.items():
        checked_by = {rule.rule_id: _checked_by(rule, dbt, in_suites) for rule in listed}
        lines += _section(table, listed, checked_by)
    return "\n".join(lines)


def _checked_by(rule: Rule, dbt: str, in_suites: set[str]) -> str:
    if rule.rule_id.startswith("PH-"):
        is_scan = rule.rule_id in {kind.rule_id for kind in KINDS}
        return "scan of free text" if is_scan else "column policy"
    if rule.rule_id.startswith("PO-"):
        return "posture"
    if rule.rule_id.startswith("RN-"):
        return "runs"
    if rule.rule_id.startswith("LG-"):
        return "dbt unit tests"
    found = {
        "constraint": bool(rule.constraints),
        "dbt": rule.test_name in dbt,
        "suite": rule.rule_id in in_suites,
    }
    return ", ".join(name for name, is_so in found.items() if is_so)


def _section(table: str, rules: list[Rule], checked_by: Mapping[str, str]) -> list[str]:
    """What most rules of the table have in common stands above them."""
    (acts, action), _ = Counter((rule.acts, rule.action) for rule in rules).most_common(1)[0]
    lines = [
        f"## {table}",
        "",
        f"Unless it says otherwise, the **{acts}** acts: {action}",
        "",
        "| rule | what must hold | kind | severity | checked by | what to do |",
        "|---|---|---|---|---|---|",
    ]
    for rule in rules:
        kind = rule.category + (", validated" if rule.context == "validation" else "")
        severity = rule.severity + (f", {rule.threshold:f} % tolerated" if rule.threshold else "")
        severity += ", by the last runs" if rule.is_usual else ""
        columns = f" (`{'`, `'.join(rule.columns)}`)" if rule.columns else ""
        who = "" if rule.acts == acts else f"**{rule.acts}**: "
        to_do = who + rule.action if (rule.acts, rule.action) != (acts, action) else ""
        cells = (
            f'<a id="{rule.rule_id.lower()}"></a>{rule.rule_id}',
            *(rule.sentence + columns, kind, severity, checked_by[rule.rule_id], to_do),
        )
        lines.append("| " + " | ".join(" ".join(cell.split()) for cell in cells) + " |")
    return [*lines, ""]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
