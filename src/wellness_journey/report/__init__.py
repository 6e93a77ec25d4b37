"""What happened, read from `quality` and `published`, as files that people and CI open."""

from wellness_journey.report.explain import explain, explain_dict, explain_lines
from wellness_journey.report.findings import Findings, findings
from wellness_journey.report.history import History, history, prune
from wellness_journey.report.reading import Reading, read, read_for_page
from wellness_journey.report.status import status_dict, status_lines
from wellness_journey.report.summary import append_to_step, as_dict, write_summary
from wellness_journey.report.words import told, verdict

__all__ = [
    "Findings",
    "History",
    "Reading",
    "append_to_step",
    "as_dict",
    "explain",
    "explain_dict",
    "explain_lines",
    "findings",
    "history",
    "prune",
    "read",
    "read_for_page",
    "status_dict",
    "status_lines",
    "told",
    "verdict",
    "write_summary",
]
