"""The rules of the project, read once; and the way of a database that the migrations made."""

from __future__ import annotations

from checkout import ROOT
from wellness_journey.adoption import contract
from wellness_journey.checks.way import Way
from wellness_journey.rules import catalogue, lists

RULES = catalogue.read(ROOT / catalogue.FILE)
LISTS = lists.read(ROOT)
WAY = Way(contract.read(ROOT), LISTS, None)
