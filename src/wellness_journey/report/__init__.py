"""What happened, read from `quality` and `published`, as files that people and CI open."""

from wellness_journey.report.findings import Findings, findings
from wellness_journey.report.history import History, history
from wellness_journey.report.summary import as_dict, write_summary

__all__ = ["Findings", "History", "as_dict", "findings", "history", "write_summary"]
