"""The linter of portable SQL refuses each spelling, once planted in a model."""

from __future__ import annotations

import pytest

from checkout import ROOT
from portable_sql import RULES, findings, told

REFUSED = [
    ("division", "select days / 7 as week"),
    ("days", "select check_date - session_date as days"),
    ("days", "select {{ as_of() }} - session_date as days"),
    ("days", "select days.first - sessions.session_date as days"),
    ("days", "select session_date + 7 as due_date"),
    ("bare numeric", "select score::numeric as score"),
    ("wide numeric", "select total::numeric(60, 30) as total"),
    ("double rounding", "select round(round(mean, 15), 4) as mean"),
    ("series", "select * from generate_series(0, 25) as weeks (week)"),
    ("distinct on", "select distinct on (session_id) score"),
    ("lateral values", "cross join lateral (\n    values (1), (2)\n) as pairs (x)"),
    ("unnest", "select * from unnest(days) as days (day)"),
    ("array", "select array[1, 2] as pair"),
    ("array", "select array_agg(score order by week) as scores"),
    ("array", "where week = any(weeks)"),
    ("array", "select (scores)[1] as first_score"),
    ("number of nulls", "select num_nonnulls(mood, sleep) as answers"),
    ("collation", 'order by session_type collate "C"'),
    ("collation", "order by md5(place)::uuid"),
    ("epoch", "where isfinite(check_date)"),
    ("epoch", "select extract(epoch from created_at) as seconds"),
    ("varchar", "select change_type::varchar as change_type"),
    ("materialized", "with days as not materialized (select 1)"),
    ("cast without a name", "select\n    days::integer,\n    weeks"),
    ("cast without a name", "select\n    days::integer\nfrom weeks"),
    ("condition in parentheses", "from days where (true)"),
    ("recursion", "with recursive days as (select 1)"),
    ("jsonb", "select jsonb_build_object('day', day) as answer"),
]


@pytest.mark.parametrize(("rule", "text"), REFUSED)
def test_a_spelling_that_another_engine_reads_otherwise_is_refused(rule: str, text: str) -> None:
    """By the rule of that name, on its line."""
    assert rule in {found.name for _, found in findings(f"-- / array[1]\n{text}\n")}
    assert {line for line, _ in findings(f"-- / array[1]\n{text}\n")} <= {2, 3}


def test_every_rule_is_tried() -> None:
    """A pattern that nothing matches would look as if all models were portable."""
    assert {rule for rule, _ in REFUSED} == {rule.name for rule in RULES}


def test_no_model_is_refused() -> None:
    """As `make lint` asks."""
    assert told(ROOT / "dbt_project" / "models") == []


def test_jsonb_is_left_to_the_cross_checks() -> None:
    """Functions of PostgreSQL answer in it."""
    text = "select jsonb_build_object('day', day) as answer\n"
    assert list(findings(text, "cross_checks")) == []
    assert [rule.name for _, rule in findings(text, "marts")] == ["jsonb"]
