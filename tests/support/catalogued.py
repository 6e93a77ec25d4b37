"""The rules of the project, read once; and the way of a database that the migrations made."""

from __future__ import annotations

import re

from checkout import ROOT
from wellness_journey.adoption import contract
from wellness_journey.checks.way import Way
from wellness_journey.rules import catalogue, lists

RULES = catalogue.read(ROOT / catalogue.FILE)
LISTS = lists.read(ROOT)
WAY = Way(contract.read(ROOT), LISTS, None)
_OF_GROUPS = re.compile(
    r"\b(?:\w+__)?(?:cell_group_\w+|int_patient_groups|stg_session_attributes|rpt_\w+_group)\b"
)


def needs_attribute(rule_id: str, check: str = "") -> bool:
    """Whether the table of a rule, or of a check by its name, is empty without an attribute."""
    return bool(_OF_GROUPS.search(f"{RULES[rule_id].table} {check}"))
