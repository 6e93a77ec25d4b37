"""What the page says twice is what the seeds say."""

from __future__ import annotations

import csv

from checkout import ROOT
from wellness_journey.report import asked, published, words


def seed(name: str) -> list[dict[str, str]]:
    path = ROOT / "dbt_project" / "seeds" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_scales_of_instruments() -> None:
    """In the order of their rows."""
    assert [
        (one.name, one.lowest, one.highest, one.is_higher_better) for one in asked.instruments()
    ] == [
        (
            row["instrument"],
            int(row["lowest_score"]),
            int(row["highest_score"]),
            row["is_higher_better"] == "true",
        )
        for row in seed("ref_instruments")
    ]


def test_remission_is_not_caseness() -> None:
    """The sentence names the first score that is none, which is not that of a case."""
    rows = {row["instrument"]: row["remission_score"] for row in seed("ref_instruments")}
    expected = {name: int(score) for name, score in rows.items() if score}
    told = words.remission()
    for name, score in expected.items():
        (part,) = (part for part in told.split(", ") if name in part)
        assert f"below {score + 1} on " in part


def test_last_days_of_windows() -> None:
    assert {
        int(row["window_days"]): int(row["last_day"]) for row in seed("ref_outcome_windows")
    } == published.LAST_DAYS


def test_rules_of_review() -> None:
    assert {row["rule"] for row in seed("ref_review_rules")} == {*published.REVIEW_RULES}


def test_the_limit_of_freshness() -> None:
    """In days, as the tile has it."""
    (test,) = ROOT.glob("dbt_project/tests/**/pc_012_*.sql")
    assert "max(days) filter (where is_under_way) > 3" in test.read_text(encoding="utf-8")
