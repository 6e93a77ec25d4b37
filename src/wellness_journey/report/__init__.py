"""What happened, read from `quality` and `published`, as files that people and CI open."""

from wellness_journey.report.explain import explain, explain_dict, explain_lines
from wellness_journey.report.findings import Findings, findings
from wellness_journey.report.history import History, history, prune
from wellness_journey.report.junit import checks
from wellness_journey.report.phrases import told, verdict
from wellness_journey.report.status import shown, status_dict, status_lines
from wellness_journey.report.summary import append_to_step, as_dict, write_summary

__all__ = [
    "Findings",
    "History",
    "append_to_step",
    "as_dict",
    "checks",
    "explain",
    "explain_dict",
    "explain_lines",
    "findings",
    "history",
    "prune",
    "shown",
    "status_dict",
    "status_lines",
    "told",
    "verdict",
    "write_summary",
]
