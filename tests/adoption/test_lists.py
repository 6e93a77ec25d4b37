"""Other lists of questions than the work order's: one more, one fewer, other scales."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import other_shape
from adopted import adopted, project, take_in
from builds import build
from checkout import ROOT
from nightly import in_nightly
from wellness_journey.cohort import seed
from wellness_journey.database import settings
from wellness_journey.database.settings import Target
from wellness_journey.errors import UsageError
from wellness_journey.rules import lists, questions

FOUR = [
    {
        "name": name,
        "column": column,
        "label": name.capitalize(),
        "lowest": 1,
        "highest": 5,
        "is_higher_better": True,
        "is_in_composite": True,
    }
    for name, column in (
        ("connection", "connection_level"),
        ("sleep", "sleep_quality"),
        ("mood", "mood_level"),
        ("energy", "energy_level"),
    )
]
# The clinic has a column of each, made from what it has.
FOCUS = FOUR[0] | {"name": "focus", "column": "focus", "label": "Focus", "lowest": 0, "highest": 6}
WORRY = FOUR[0] | {
    "name": "worry",
    "column": "worry",
    "label": "Worry",
    "lowest": 0,
    "highest": 10,
    "is_higher_better": False,
    "is_in_composite": False,
}


@in_nightly
@pytest.mark.parametrize(
    "asked",
    [
        pytest.param([*FOUR, FOCUS], id="one more"),
        [FOUR[0], FOUR[2], FOUR[3]],
        [FOUR[2]],
        [*FOUR[:3], FOCUS, WORRY],
    ],
)
def test_models_follow_the_list(
    asked: list[dict[str, Any]],
    built: str,
    copy_of: Callable[[str], Target],
    own_copy_of: Callable[[str], Target],
    tmp_path: Path,
) -> None:
    """Every model and every test of dbt; the composite is what plain fractions make of it."""
    root = project(tmp_path / "list", {"input_schema": "wellness", "questions": asked}).root
    target = own_copy_of("template0")
    with settings.connect(target, autocommit=True) as connection:
        other_shape.make(connection, views=False)
        connection.execute("alter table app.checkins add column focus integer")
        connection.execute("alter table app.checkins add column worry integer")
        view = "note as notes"
        connection.execute(
            other_shape.VIEWS.replace(view, f"focus as focus, worry as worry, {view}").encode()
        )
        connection.execute(other_shape.GRANTS)
    other_shape.move(copy_of(built), target)
    with settings.connect(target, autocommit=True) as connection:
        connection.execute(
            "update app.checkins set focus = (id + connected) % 7, worry = (id * 3 + mood) % 11"
        )
    adopted(target, root, "wellness")
    found = build(target, seed.SEED_AS_OF, root=root)
    assert [one for one in found.not_built if "skipped" not in one] == []
    with settings.connect(target) as connection:
        failed = "select check_name from quality.check_results where status in ('fail', 'error')"
        assert connection.execute(failed).fetchall() == []
    columns = ", ".join(one["column"] for one in asked)
    with settings.connect(target) as connection:
        raw = {
            row[0]: row[1:]
            for row in connection.execute(
                f"select pulse_check_id, {columns} from intake.log_pulse_checks".encode()
            )
        }
        rows = connection.execute(
            f"select p.pulse_check_id, d.composite, {columns} from marts.fct_pulse_days as d"
            " inner join staging.stg_pulse_checks as p using (session_id, check_date)"
            " inner join intermediate.int_pulse_days as i using (session_id, check_date)"
            " where i.source_rows = 1 and p.quarantine_reason is null".replace(
                columns, ", ".join(f"d.{one['column']}" for one in asked)
            ).encode()
        ).fetchall()
    compared = 0
    for key, composite, *answers in rows:
        points = [in_points(one, raw[key][place]) for place, one in enumerate(asked)]
        for point, answer in zip(points, answers, strict=True):
            assert (point is None) == (answer is None)
            assert point is None or abs(Fraction(answer) - point) < Fraction(1, 10**9)
        of = [
            point
            for one, point in zip(asked, points, strict=True)
            if one["is_in_composite"] and point is not None
        ]
        all_of = sum(one["is_in_composite"] for one in asked)
        expected = sum(of) / len(of) if of and 4 * len(of) >= 3 * all_of else None
        assert (expected is None) == (composite is None), (points, composite)
        if expected is not None:
            assert abs(Fraction(composite) - expected) <= Fraction(1, 20_000)
        compared += 1
    assert compared > 1000


def in_points(question: dict[str, Any], answer: Any) -> Fraction | None:
    """An answer as 1 to 5 with 5 as the best, as docs/input.md says."""
    if answer is None:
        return None
    part = Fraction(int(answer) - question["lowest"], question["highest"] - question["lowest"])
    return 1 + 4 * (part if question["is_higher_better"] else 1 - part)


def test_an_answer_that_is_off_its_scale_is_set_aside(
    copy_of: Callable[[str], Target],
    own_copy_of: Callable[[str], Target],
    built: str,
    tmp_path: Path,
) -> None:
    """So is one that is no whole number; nothing is rounded into another answer."""
    root = project(tmp_path / "scale", {"input_schema": "wellness"}).root
    target = own_copy_of("template0")
    with settings.connect(target, autocommit=True) as connection:
        other_shape.make(connection, views=False)
        connection.execute("alter table app.checkins alter column mood type numeric")
        connection.execute(other_shape.VIEWS)
        connection.execute(other_shape.GRANTS)
    other_shape.move(copy_of(built), target)
    odd = {"3.5": "no_whole_number", "6": "score_out_of_range", "NaN": "score_out_of_range"}
    with settings.connect(target, autocommit=True) as connection:
        numbers = [
            row[0]
            for row in connection.execute(
                "select id from app.checkins as c where num_nonnulls(connected, slept, energy) = 3"
                " and day between (select dosed_on from app.dosings where id = c.dosing)"
                " and '2025-12-01' order by id limit 3"
            )
        ]
        for number, value in zip(numbers, odd, strict=True):
            connection.execute("update app.checkins set mood = %s where id = %s", (value, number))
        adopted(target, root, "wellness")
        take_in(connection)
        build(target, seed.SEED_AS_OF, "--select", "stg_sessions", "stg_pulse_checks", root=root)
        reasons = dict(
            connection.execute(
                "select c.mood::text, p.quarantine_reason from app.checkins as c"
                " inner join staging.stg_pulse_checks as p"
                " on p.pulse_check_id = intake.derived_key('pulse_check_id', c.id::text)"
                " where c.id = any(%s)",
                (numbers,),
            ).fetchall()
        )
    assert reasons == odd


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"highest": 1}, "has no scale"),
        ({"name": "composite"}, "the name of their mean"),
        ({"column": "Mood level"}, "small letters"),
        ({"is_in_composite": False}, "none is part of the composite"),
    ],
)
def test_a_question_that_cannot_be_asked_is_named(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    """With the file and what was expected."""
    asked = [one | change for one in FOUR[:1]]
    root = project(tmp_path / "wrong", {"questions": asked}).root
    with pytest.raises(UsageError, match=f"dbt_project.yml: .*{said}"):
        questions.read(root)


def test_files_say_the_same_of_each_entry(tmp_path: Path) -> None:
    """What suites, policy and catalogue say of the first question they say of all."""
    default = lists.read(ROOT)
    names = [
        "session_id",
        "connection_level",
        "sleep_quality",
        "mood_7d_mean",
        "connection_7d_mean",
    ]
    assert default.names(names) == names
    root = project(tmp_path / "named", {"questions": [FOUR[2], FOCUS]}).root
    other = lists.read(root)
    assert other.names(names) == [
        *("session_id", "mood_level", "focus"),
        *("mood_7d_mean", "focus_7d_mean"),
    ]
    assert other.scale("focus") == (0, 6)
    assert other.scale("session_id") is None
