"""How often the rules that ask for a review are right and wrong: `make bench-flags`.

Invented people whose course is known go through the project's own models on a throwaway server, and
what fired is compared with what was planted. They are those of `cohort/courses.py`, as in
`journey seed`: three courses, days answered at random or in clusters, drops of several sizes, and a
slide. Limits are set by people of one seed, and all other figures are of people of another. The
same seeds give the same figures. Nothing is asserted.

PEOPLE=1500 sets how many of each kind: 90 kinds in the table, 10 for chances, and as many people as
of 8 kinds for limits.
RECORD=1 writes benchmarks/results.json, the section in benchmarks/RESULTS.md, and the seeds
ref_chance_by_week and ref_chance_by_score.
"""

from __future__ import annotations

import os
import statistics
import sys
import textwrap
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import flag_chances
from flag_people import SLIDE, Answered, Chart, Kind, Looks, Person, looks, seconds_of
from runner import benchmark, machine_of, option, say

from wellness_journey.cohort.courses import COURSES
from wellness_journey.database import server

SEED_OF_LIMITS, SEED = 20260101, 20260202
ANSWERED = (
    *(Answered(0.90), Answered(0.79), Answered(0.50)),
    *(Answered(0.79, mean_gap_days=4.0), Answered(0.50, mean_gap_days=4.0)),
)
FALLS = ("0", "0.5", "1", "1.5", "2", SLIDE)
WITHIN_DAYS = {SLIDE: 56}
CHARTS = {"drop": 1, "below_baseline": 3}
# What limits are set by, and which share of these people each level may flag. The more days are
# answered, the more often below_baseline is wrong.
TYPICAL = {
    "drop": Kind(Answered(0.79), "level"),
    "below_baseline": Kind(Answered(0.90), "level"),
}
SHARES = {"drop": {20: 0.20, 10: 0.10}, "below_baseline": {20: 0.14, 10: 0.10}}
# As in ref_review_rules.
LIMITS = {"drop": {20: 13.2, 10: 14.9}, "below_baseline": {20: 3.5, 10: 3.8}}
# What the page that defines the rules prints: by rule, level, days answered, and fall, for the
# courses level, recovery and fading.
PAGE = {
    ("drop", 20, "79%", "0"): (21, 10, 28),
    ("drop", 20, "79%", "1"): (56, 46, 64),
    ("drop", 20, "79%", "1.5"): (87, 84, 88),
    ("drop", 20, "50%", "1"): (47, 30, 56),
    ("drop", 20, "50%", "1.5"): (77, 64, 80),
    ("drop", 10, "79%", "0"): (10, 4, 16),
    ("drop", 10, "79%", "1"): (43, 32, 52),
    ("drop", 10, "79%", "1.5"): (79, 73, 83),
    ("drop", 10, "50%", "1"): (33, 17, 42),
    ("drop", 10, "50%", "1.5"): (64, 46, 72),
    ("below_baseline", 20, "79%", SLIDE): (66, 16, 77),
}


def main() -> int:
    return benchmark("review_flags", recorded, told)


def recorded(home: Path) -> dict[str, Any]:
    """What is recorded."""
    people = option("PEOPLE", 1500)
    target = server.up(home)
    # As many sessions as other benchmarks of one clinic have.
    looks(target, [TYPICAL["drop"]], 2000, SEED_OF_LIMITS)
    seconds = {rule: seconds_of(target, f"int_{rule}_spans") for rule in CHARTS}
    persons, found = looks(target, [*TYPICAL.values()], 4 * people, SEED_OF_LIMITS)
    limits = {
        rule: {
            str(level): limit(found, rule, persons[TYPICAL[rule]], share)
            for level, share in of.items()
        }
        for rule, of in SHARES.items()
    }
    measured: list[dict[str, Any]] = []
    deviations = []
    for answered in ANSWERED:
        kinds = [Kind(answered, *of) for of in product(COURSES, FALLS)]
        persons, found = looks(target, kinds, people, SEED)
        measured += of_charts(persons, found, answered)
        measured += of_silence(persons, found, answered)
        deviations.append(found.daily_sd)
    kinds = [flag_chances.kind_of(tenths) for tenths in flag_chances.TENTHS]
    persons, found = looks(target, kinds, people, SEED)
    weeks = flag_chances.by_week(persons, found, {**LIMITS, "silence": {20: 0.0, 10: 0.0}}, CHARTS)
    scores = flag_chances.by_score()
    if os.environ.get("RECORD"):
        flag_chances.write("ref_chance_by_week", weeks)
        flag_chances.write("ref_chance_by_score", scores)
    return {
        "machine": machine_of(target),
        "people_of_a_kind": people,
        "people": people * (len(ANSWERED) * len(COURSES) * len(FALLS) + len(kinds) + 8),
        "daily_sd": round(statistics.median(deviations), 2),
        "seconds_of_2000_sessions": seconds,
        "fold_ratio": round(seconds["drop"] / seconds["below_baseline"], 1),
        "limits": LIMITS,
        "limits_of_the_other_seed": limits,
        "measured": measured,
        # As in the seeds, a line a row.
        "chance_by_week": [",".join(map(str, row.values())) for row in weeks],
        "chance_by_score": [",".join(map(str, row.values())) for row in scores],
        "single_scores_pct": {
            rule: round(100 * [*flag_chances.chances_of_scores(highest, points, 1)][11][0], 1)
            for rule, highest, points in (
                ("phq9_worsening", 27, 6),
                ("gad7_worsening", 21, 4),
            )
        },
    }


def limit(found: Looks, rule: str, persons: Sequence[Person], share: float) -> float:
    """The limit that flags this share of people by day 180."""
    charts: dict[int, Chart] = getattr(found, rule)
    highest = sorted(
        (charts[one.number].highest(CHARTS[rule]) for one in persons if one.number in charts),
        reverse=True,
    )
    return round(highest[round(share * len(persons))], 2)


def of_charts(
    persons: dict[Kind, list[Person]], found: Looks, answered: Answered
) -> Iterator[dict[str, Any]]:
    """One row for each rule, level and course: all in percent of people, charted or not."""
    for rule, course in product(CHARTS, COURSES):
        charts: dict[int, Chart] = getattr(found, rule)
        for level, height in LIMITS[rule].items():
            row: dict[str, Any] = {
                "rule": rule,
                "false_alarm_pct": level,
                "answered": str(answered),
                "course": course,
            }
            everybody = [one for fall in FALLS for one in persons[Kind(answered, course, fall)]]
            row["charted_pct"] = percent([one.number in charts for one in everybody])
            for fall in FALLS:
                row[f"fall_{fall}_pct"] = percent(
                    [
                        is_flagged(charts[one.number], height, CHARTS[rule], one, fall)
                        if one.number in charts
                        else False
                        for one in persons[Kind(answered, course, fall)]
                    ]
                )
            yield row


def is_flagged(chart: Chart, height: float, in_a_row: int, person: Person, fall: str) -> bool:
    """Whether an unchanged person is flagged at all; of others, whether a flag begins in time."""
    fired = chart.fired(height, in_a_row)
    if fall == "0":
        return any(fired)
    days = range(person.fall_day, person.fall_day + WITHIN_DAYS.get(fall, 28))
    return any(
        is_fired and not before and day in days
        for day, is_fired, before in zip(chart.days, fired, [False, *fired], strict=False)
    )


def of_silence(
    persons: dict[Kind, list[Person]], found: Looks, answered: Answered
) -> Iterator[dict[str, Any]]:
    """One row: what anybody answers has nothing to do with whether they do."""
    everybody = [one for some in persons.values() for one in some]
    yield {
        "rule": "silence",
        "answered": str(answered),
        "flagged_pct": percent([one.number in found.silence for one in everybody]),
    }


def percent(of: Sequence[bool]) -> float:
    return round(100 * statistics.fmean(of), 1)


def told(result: dict[str, Any]) -> str:
    """The section of RESULTS.md."""
    machine = result["machine"]
    about = (
        f"{result['people']:,} invented people, {result['people_of_a_kind']:,} of each kind, go "
        f"through the models themselves on PostgreSQL {machine['postgresql']}. The same seeds give "
        "the same figures. A drop begins on a day from 60 to 140 and lasts. Its size is in SDs: "
        "0.6 points times the person's own scale. (A day's composite varies around the course of "
        f"its person by {result['daily_sd']} points.) A slide is a fall by 1.5 SDs over 56 days. "
        "Figures are percent of all people: whoever has no chart counts as missed. Unchanged "
        "people: flagged by day 180. Others: a flag that begins within 28 days of the drop, or "
        "within 56 of the slide's begin. In brackets: what the page that defines the rules prints."
    )
    limits = "; ".join(
        f"{rule} {LIMITS[rule][int(level)]} for {level} % ({value} by the other seed)"
        for rule, of in result["limits_of_the_other_seed"].items()
        for level, value in of.items()
    )
    rows = [row for row in result["measured"] if row["rule"] in CHARTS]
    lines = [
        "## How often the rules of review are right and wrong",
        "",
        *textwrap.wrap(about, 98),
        "",
        *textwrap.wrap(f"Limits: {limits}.", 98),
        "",
        "| rule | level | answered | course | charted | unchanged | 0.5 SD | 1 SD | 1.5 SD | 2 SD "
        "| slide |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *map(_line, sorted(rows, key=_order)),
        "",
        "The rule silence, by day 180:",
        "",
        "| answered | flagged |",
        "|---|---|",
        *(
            f"| {row['answered']} | {row['flagged_pct']} |"
            for row in result["measured"]
            if row["rule"] == "silence"
        ),
        "",
        *textwrap.wrap(_scores(result), 98),
        "",
        *textwrap.wrap(
            "The forecasts of 2,000 sessions, one step per observed day (`fold`), take "
            f"{result['fold_ratio']} times as long as the window functions of below_baseline.",
            98,
        ),
    ]
    return "\n".join(lines) + "\n"


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    answered = [str(one) for one in ANSWERED].index(row["answered"])
    return [*CHARTS].index(row["rule"]), -row["false_alarm_pct"], answered


def _line(row: dict[str, Any]) -> str:
    rule, level, answered = row["rule"], row["false_alarm_pct"], row["answered"]
    cells = []
    for fall in FALLS:
        page = PAGE.get((rule, level, answered, fall))
        beside = f" ({page[[*COURSES].index(row['course'])]})" if page else ""
        cells.append(f"{row[f'fall_{fall}_pct']:.0f}{beside}")
    return (
        f"| {rule} | {level} % | {answered} | {row['course']} | {row['charted_pct']:.0f} | "
        + " | ".join(cells)
        + " |"
    )


def _scores(result: dict[str, Any]) -> str:
    rows = [row.split(",") for row in result["chance_by_score"]]
    by_then = {(rule, int(number)): share for rule, number, share, _ in rows}
    single = result["single_scores_pct"]
    return (
        "Scores of people whose true score never changes, after 12 follow-ups (exact, by classical "
        f"test theory). One that is reliably worse: PHQ-9 {single['phq9_worsening']} %, GAD-7 "
        f"{single['gad7_worsening']} %. Two running, as the rules ask (six points): PHQ-9 "
        f"{by_then['phq9_worsening', 12]} %, GAD-7 {by_then['gad7_worsening', 12]} %."
    )


if __name__ == "__main__":
    say("limits, the table, then the chances of ref_chance_by_week")
    sys.exit(main())
