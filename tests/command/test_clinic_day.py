"""The reporting date without `--as-of` is the clinic's today."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from builds import build
from database import Connection
from nightly import in_nightly
from wellness_journey.cohort.seed import SEED_AS_OF
from wellness_journey.database.settings import Target
from wellness_journey.errors import TransformError, UsageError
from wellness_journey.pipeline.clinic_day import today

EVENING = datetime(2026, 1, 2, 4, 30, tzinfo=UTC)


def project(folder: Path, text: str) -> Path:
    (folder / "dbt_project.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("variables", "day"),
    [
        ("", 2),
        ("vars:\n  min_cell: 11\n", 2),
        ("vars: {clinic_time_zone: UTC}\n", 2),
        ("vars: {clinic_time_zone: America/Los_Angeles}\n", 1),
        ("vars: {clinic_time_zone: America/New_York}\n", 1),
        ("vars: {clinic_time_zone: Europe/Zurich}\n", 2),
        ("vars: {clinic_time_zone: Pacific/Kiritimati}\n", 2),
    ],
)
def test_an_evening_is_not_tomorrow(tmp_path: Path, variables: str, day: int) -> None:
    """At 20:30 in California it is the next day in UTC, and not there."""
    assert today(project(tmp_path, f"name: some\n{variables}"), EVENING) == date(2026, 1, day)


def test_a_day_ends_when_the_clocks_of_the_clinic_say_so(tmp_path: Path) -> None:
    """Summer time counts: midnight in California is 7:00 UTC in July, and 8:00 in January."""
    clinic = project(tmp_path, "vars: {clinic_time_zone: America/Los_Angeles}\n")
    assert today(clinic, datetime(2026, 7, 2, 6, 59, tzinfo=UTC)) == date(2026, 7, 1)
    assert today(clinic, datetime(2026, 7, 2, 7, 0, tzinfo=UTC)) == date(2026, 7, 2)
    assert today(clinic, datetime(2026, 1, 2, 7, 59, tzinfo=UTC)) == date(2026, 1, 1)
    assert today(clinic, datetime(2026, 1, 2, 8, 0, tzinfo=UTC)) == date(2026, 1, 2)


@pytest.mark.parametrize("zone", ["California", "America", "/etc/passwd", "''", "7", "null"])
def test_what_is_no_zone_is_refused(tmp_path: Path, zone: str) -> None:
    """Before anything is built, and with an example of what is one."""
    with pytest.raises(UsageError, match=r"clinic_time_zone is no time zone.*America/Los_Angeles"):
        today(project(tmp_path, f"vars: {{clinic_time_zone: {zone}}}\n"), EVENING)


@in_nightly
def test_dbt_alone_has_the_same_day(target: Target, database: Connection) -> None:
    """26 hours lie between the first and the last zone of the world: their days differ always."""
    shown = []
    for zone in ("Etc/GMT+12", "Pacific/Kiritimati"):
        clocks = "select (now() at time zone %s)::date"
        before = database.execute(clocks, (zone,)).fetchone()
        given = ("--vars", f"{{clinic_time_zone: {zone}}}", "--select", "stg_sessions")
        assert build(target, SEED_AS_OF, *given).not_built == ()
        after = database.execute(clocks, (zone,)).fetchone()
        row = database.execute(
            "select as_of from quality.built_tables where relation = 'staging.stg_sessions'"
        ).fetchone()
        assert row in (before, after)
        shown.append(row)
    assert shown[0] < shown[1]


def test_dbt_refuses_what_is_no_zone(target: Target) -> None:
    """Also where the day is given."""
    given = "{clinic_time_zone: California, as_of: 2025-12-31}"
    with pytest.raises(TransformError, match="clinic_time_zone is no time zone"):
        build(target, SEED_AS_OF, "--vars", given, "--select", "stg_sessions")
