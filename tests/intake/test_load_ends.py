"""A file of recorded ends of journeys."""

from __future__ import annotations

from pathlib import Path

from clinic_files import WHO, WHOSE
from database import Connection
from loaded import rejected
from wellness_journey.intake.load import TableLoad, load


def write_ends(folder: Path, *rows: str) -> None:
    """The file: each row is the key's last digit, the day, the reason and when it was written."""
    lines = [f"journey_end_id,{WHO},end_date,end_type,created_at"]
    for row in rows:
        digit, rest = row.split(",", 1)
        lines.append(f"44444444-4444-4444-8444-44444444444{digit},{WHOSE},{rest}")
    (folder / "log_journey_ends.csv").write_text("\n".join(lines) + "\n")


def test_ends_and_their_corrections_are_loaded(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """Each is a row of its own with its time of writing, and loading them again changes nothing."""
    write_ends(
        folder,
        "1,2025-03-21,WITHDRAWAL,2025-03-21T10:00Z",
        "2,2025-03-11,WITHDRAWAL,2025-03-22T10:00Z",
        "3,2025-03-11,NOT_ENDED,2025-03-23T10:00Z",
    )
    assert [*load(database, folder, rejects)][-1] == TableLoad("log_journey_ends", 3, 3, 0, 0)
    assert database.execute(
        "select end_type, days_post_session, created_at::date::text "
        "from public.log_journey_ends order by created_at"
    ).fetchall() == [
        ("WITHDRAWAL", 20, "2025-03-21"),
        ("WITHDRAWAL", 10, "2025-03-22"),
        ("NOT_ENDED", 10, "2025-03-23"),
    ]
    assert [*load(database, folder, rejects)][-1] == TableLoad("log_journey_ends", 3, 0, 3, 0)


def test_an_end_that_cannot_be_is_rejected(
    database: Connection, folder: Path, rejects: Path
) -> None:
    """An end before its session, and a reason that nobody knows; the others are loaded."""
    write_ends(
        folder,
        "1,2025-02-28,DEATH,",
        "2,2025-03-21,MOVED,",
        "3,2025-03-01,DEATH,2025-03-21T10:00Z",
    )
    load(database, folder, rejects)
    assert rejected(rejects, "log_journey_ends") == [
        (
            2,
            "breaks the rule that a journey does not end before the day of its session "
            "(log_journey_ends_not_before_session)",
        ),
        (
            3,
            "breaks the rule that end_type is WITHDRAWAL, DISCHARGE, DEATH, OTHER or NOT_ENDED "
            "(log_journey_ends_end_type_known)",
        ),
    ]
    found = database.execute("select days_post_session from public.log_journey_ends").fetchall()
    assert found == [(0,)]
