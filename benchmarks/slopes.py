"""How often the interval of a slope holds the person's true slope: `make bench-slopes`.

Invented people whose course is known (`cohort/courses.py`, as in `journey seed`) go through the
project's own models on a throwaway server. True is the slope of the person's course without noise
over all days from 14 on. The same seed gives the same figures. Nothing is asserted here;
tests/tools/test_recorded_slopes.py holds what is recorded to it.

PEOPLE=300 sets how many of each of 15 kinds; RECORD=1 writes benchmarks/results.json and the
section in benchmarks/RESULTS.md.
"""

from __future__ import annotations

import statistics
import sys
import textwrap
from collections import defaultdict
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

from flag_people import DAY_0, Answered, Kind, build, invent
from runner import benchmark, machine_of, option, say

from wellness_journey.cohort.courses import COURSES
from wellness_journey.database import server, settings
from wellness_journey.database.settings import Target

SEED = 20260303
FIRST_DAY = 14
LAST_DAYS = (90, 180)
ANSWERED = (
    *(Answered(0.90), Answered(0.79), Answered(0.50)),
    *(Answered(0.79, mean_gap_days=4.0), Answered(0.50, mean_gap_days=4.0)),
)
KINDS = [Kind(answered, course) for answered, course in product(ANSWERED, COURSES)]
# By session the slope, and how far each interval reaches to both sides of it: as the mart has it,
# that before it is widened, and an ordinary one of the days.
INTERVALS = """
with days as (
    select
        session_id,
        regr_sxx(composite, days_post_session) as spread,
        regr_sxy(composite, days_post_session) as joint_spread,
        regr_syy(composite, days_post_session) as score_spread,
        count(*)::integer - 2 as df
    from intermediate.int_pulse_days
    where days_post_session between 14 and 180 and composite is not null
    group by session_id
    having count(*) >= 30
)

select
    trends.session_id,
    trends.slope_per_30_days::float8,
    (trends.slope_ci_upper - trends.slope_per_30_days)::float8,
    (trends.slope_ci_upper - trends.slope_per_30_days)::float8 / 1.3,
    30 * sqrt((score_spread - joint_spread ^ 2 / spread) / df / spread) * quantile_975::float8
from marts.fct_session_trends as trends
inner join days using (session_id)
inner join intermediate.ref_student_t on degrees_of_freedom = days.df
where trends.metric = 'composite' and trends.slope_per_30_days is not null
"""


def main() -> int:
    return benchmark("slopes", recorded, told)


def recorded(home: Path) -> dict[str, Any]:
    """What is recorded."""
    people = option("PEOPLE", 300)
    target, persons, _ = invent(server.up(home), KINDS, people, SEED)
    kind_of = {one.number: kind for kind, some in persons.items() for one in some}
    measured = []
    for last_day in LAST_DAYS:
        build(target, DAY_0 + timedelta(days=last_day), ["+fct_session_trends"])
        found = intervals(target)
        of_kind: dict[Kind, list[tuple[float, ...]]] = defaultdict(list)
        for number, figures in found.items():
            of_kind[kind_of[number]].append(figures)
        measured += [row(kind, last_day, of_kind[kind]) for kind in KINDS]
    return {
        "machine": machine_of(target),
        "seed": SEED,
        "people_of_a_kind": people,
        "measured": measured,
    }


def intervals(target: Target) -> dict[int, tuple[float, ...]]:
    """By the number in a session's key what `INTERVALS` gives."""
    with settings.connect(target) as connection:
        return {key.int: tuple(figures) for key, *figures in connection.execute(INTERVALS)}


def row(kind: Kind, last_day: int, found: list[tuple[float, ...]]) -> dict[str, Any]:
    """Percent of slopes whose interval holds the true one, of those that are shown."""
    true = slope_of(kind.course, last_day)

    def held(place: int) -> float:
        return round(100 * statistics.fmean(abs(one[0] - true) <= one[place] for one in found), 1)

    return {
        "answered": str(kind.answered),
        "course": kind.course,
        "last_day": last_day,
        "slopes": len(found),
        "true_slope": round(true, 4),
        "mean_slope": round(statistics.fmean(one[0] for one in found), 4),
        "coverage_pct": held(1),
        "not_widened_pct": held(2),
        "of_days_pct": held(3),
    }


def slope_of(course: str, last_day: int) -> float:
    """Points per 30 days of the course itself."""
    days = range(FIRST_DAY, last_day + 1)
    points = [COURSES[course](day) for day in days]
    return 30 * statistics.linear_regression(days, points).slope


def told(result: dict[str, Any]) -> str:
    """The section of RESULTS.md."""
    about = (
        f"{result['people_of_a_kind']:,} invented people of each kind (seed {result['seed']}) go "
        f"through the models themselves on PostgreSQL {result['machine']['postgresql']}, up to day "
        "90 and up to day 180. Percent of 95 % intervals of composite that hold the slope of the "
        "person's course without noise: as fct_session_trends has them; without the factor of "
        "1.3; and ordinary least squares over the days. Slopes: people with 30 observed days."
    )
    lines = [
        "## How often the interval of a slope is right",
        "",
        *textwrap.wrap(about, 98),
        "",
        "| answered | course | last day | slopes | interval | not widened | of days |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {one['answered']} | {one['course']} | {one['last_day']} | {one['slopes']} | "
            f"{one['coverage_pct']} | {one['not_widened_pct']} | {one['of_days_pct']} |"
            for one in result["measured"]
        ),
        "",
        "Mean: "
        + "; ".join(
            f"{name} {statistics.fmean(one[key] for one in result['measured']):.1f}"
            for name, key in {
                "interval": "coverage_pct",
                "not widened": "not_widened_pct",
                "of days": "of_days_pct",
            }.items()
        )
        + ".",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    say(f"{len(KINDS)} kinds of people")
    sys.exit(main())
