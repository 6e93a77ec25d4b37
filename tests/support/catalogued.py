"""The rules of the project, read once."""

from __future__ import annotations

from checkout import ROOT
from wellness_journey.rules import catalogue

RULES = catalogue.read(ROOT / catalogue.FILE)
