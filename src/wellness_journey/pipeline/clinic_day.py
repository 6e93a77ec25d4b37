"""Today, where the clinic is: an evening in California is not tomorrow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from wellness_journey.errors import UsageError
from wellness_journey.rules.variables import variables

VARIABLE = "clinic_time_zone"
# Between the choice of the reporting date and the first statement: a run may begin at midnight.
_TO_BEGIN = timedelta(minutes=5)


def today(root: Path, now: datetime | None = None) -> date:
    """The day of the variable `clinic_time_zone` in dbt_project.yml, whatever the machine's zone.

    Raises:
        UsageError: the file cannot be read, or the variable is no time zone.
    """
    return (now or datetime.now(UTC)).astimezone(_zone(variables(root).get(VARIABLE, "UTC"))).date()


def of_server(root: Path, now: datetime, day: date) -> date:
    """Today at the clinic by the server's clock, or `day` where it was that some minutes ago.

    Raises:
        As `today`.
    """
    return day if day == today(root, now - _TO_BEGIN) else today(root, now)


def _zone(name: object) -> tzinfo:
    # Without a database of zones on the machine, UTC is still known.
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(str(name))
    except (ValueError, OSError, KeyError):
        raise UsageError(
            f"dbt_project.yml: the variable {VARIABLE} is no time zone that this machine knows. "
            "Write a name of the IANA list, such as America/Los_Angeles or UTC; if it is one, "
            "install `tzdata`"
        ) from None
