"""What the macros of `macros/engines.sql` give, one example each, as the database answers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from wellness_journey.database import settings
from wellness_journey.database.settings import Target

ROOT = Path(__file__).resolve().parents[2]
MACROS = ROOT / "dbt_project" / "macros" / "engines.sql"
# What each is asked, and what it answers, as text. `days` is the table of numbers 1 to 3.
EXAMPLES = {
    "quotient": ("{{ quotient('6 + 7', '7') }} * 2", "2"),
    "ratio": ("round({{ ratio('1', '3') }}, 5)", "0.33333"),
    "real": ("{{ real('1') }} / 2 = 0.5", "true"),
    "double": ("{{ double('1') }} / 3 = 0.33333333333333331", "true"),
    "double_ratio": (
        "{{ double_ratio(double('1') ~ ' + 1', '2 * 3') }} = 0.33333333333333331",
        "true",
    ),
    "wide": ("{{ wide('1') }} / 3 > 0.33333333333333333333333333333", "true"),
    "round_once": (
        "{{ round_once('3 * 0.16666666666666666667 + 0.05 - 0.00000000000000000001', 1) }}",
        "0.6",
    ),
    "whole_sum": (
        "(select {{ whole_sum('9223372036854775807') }} from days)",
        "27670116110564327421",
    ),
    "days_between": ("{{ days_between(\"date '2026-03-01'\", \"date '2026-02-27'\") }} * 1", "2"),
    "days_after": ("{{ days_after(\"date '2026-03-01'\", -1) }} = date '2026-02-28'", "true"),
    "utc_day": (
        "{{ utc_day(\"timestamptz '2026-01-01 23:30-05'\") }} = date '2026-01-02'"
        " and {{ utc_day(\"date 'infinity'\") }} is null",
        "true",
    ),
    "numbers": ("(select sum(n) from {{ numbers(2, 4) }} as t (n))", "9"),
    "constants": ("(select max(n) from {{ constants(['b', 'a']) }} as t (n))", "b"),
    "rows_of": (
        "(select max(name) || sum(x) from days cross join"
        " {{ rows_of('name', {'a': {'x': 'n'}, 'b': {'x': '10 * n'}}) }} as t)",
        "b66",
    ),
    "bytewise": (
        "(select min({{ bytewise('n') }}) from {{ constants(['a', 'B']) }} as t (n))",
        "B",
    ),
    "plain_text": ("{{ plain_text('12') }} || ''", "12"),
    "all_rows": ("{{ all_rows({'identifier': 'log_sessions'}) }} + 1", "1"),
    "number_present": ("({{ number_present(['null', '0', \"'x'\"]) }}) * 1", "2"),
    "list_of": ("{{ member('(select ' ~ list_of('n', 'n desc') ~ ' from days)', 1) }}", "3"),
    "member": (
        "coalesce({{ member('(select ' ~ list_of('n', 'n') ~ ' from days)', 4) }}, -1)",
        "-1",
    ),
    "fold": (
        "(with charts as (select 1 as id, array[10, 20, 30] as scores, 3 as members)"
        " select string_agg(concat_ws(' ', step, total, twice), ', ' order by step)"
        " from {{ fold('charts', 'id', 'members', {'total': 'scores[1]', 'twice': '0'}, ["
        "{'total': 'was_total + scores[step]'}, {'twice': '2 * total + was_twice'}]) }} as steps)",
        "1 10 0, 2 30 60, 3 60 180",
    ),
    "not_kept": ("(with few as {{ not_kept() }} (select 1 as n) select n from few)", "1"),
}


@pytest.fixture(scope="module")
def answers(target_of_engines: Target, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All examples in one query, which dbt renders and asks."""
    environ = {**os.environ, "DBT_TARGET_PATH": str(tmp_path_factory.mktemp("dbt"))}
    settings.export(target_of_engines, environ)
    columns = ", ".join(f"({asked})::text as {name}" for name, (asked, _) in EXAMPLES.items())
    query = f"with days as (select n from {{{{ numbers(1, 3) }}}} as t (n)) select {columns}"
    folders = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT)]
    shown = subprocess.run(
        [
            Path(sys.executable).parent / "dbt",
            *("--quiet", "--log-level-file", "none", "show", *folders),
            *("--inline", query, "--output", "json"),
        ],
        env=environ,
        cwd=ROOT,
        text=True,
        capture_output=True,
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    return dict(json.loads(shown.stdout[shown.stdout.index("{") :])["show"][0])


@pytest.fixture(scope="module")
def target_of_engines(migrated: str, embedded: Target) -> Target:
    """A migrated database; nothing is written."""
    return replace(embedded, database=migrated)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_macro_gives_what_its_example_says(name: str, answers: dict[str, str]) -> None:
    """Also within a larger expression, where most of them stand."""
    assert answers[name] == EXAMPLES[name][1]


def test_every_macro_has_an_example() -> None:
    """One that is added is tried on every engine from then on."""
    assert set(re.findall(r"{% macro (\w+)\(", MACROS.read_text())) == set(EXAMPLES)
