"""Rules that some rows break in every clinic: they pass where no more do than in the last runs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from wellness_journey.rules.catalogue import Rule

# A week of nights: who has more from a day on is told of it for about four.
LOOKED_BACK = 7
MOST_OF_USUAL = Decimal("1.5")

_JUDGE = """
    with of_rules as (
        select results.*, runs.started_at, runs.as_of
        from quality.check_results as results
        inner join quality.runs as runs on results.run_id = runs.run_id
        where results.rule_id = any(%(rules)s)
            and results.status in ('pass', 'warn')
            and results.checked > 0
    ),
    numbered as (
        select
            this.engine,
            this.check_name,
            this.failing,
            this.checked,
            earlier.failing::numeric / earlier.checked as share,
            row_number() over (
                partition by this.engine, this.check_name
                order by earlier.started_at desc, earlier.run_id desc
            ) as runs_ago
        from of_rules as this
        inner join of_rules as earlier
            on this.engine = earlier.engine
            and this.check_name = earlier.check_name
            and this.as_of >= earlier.as_of
            and (earlier.started_at, earlier.run_id) < (this.started_at, this.run_id)
        where this.run_id = %(run_id)s and this.status = 'warn'
    ),
    usual as (
        select engine, check_name
        from numbered
        where runs_ago <= %(looked_back)s
        group by engine, check_name, failing, checked
        having failing
            <= %(most_of_usual)s * checked * percentile_cont(0.5) within group (order by share)
    )
    update quality.check_results as judged
    set status = 'pass', query = null
    from usual
    where judged.run_id = %(run_id)s
        and judged.engine = usual.engine
        and judged.check_name = usual.check_name
    returning judged.engine, judged.check_name
"""


def judge(
    connection: psycopg.Connection[Any], run_id: UUID, rules: Mapping[str, Rule]
) -> set[tuple[str, str]]:
    """Let those checks of `run_id` pass whose share of failing rows is as in the last runs.

    Only of rules that say `is_usual`, and in quality.check_results. Returns engine and name of
    each. The caller commits.
    """
    given = {
        "run_id": run_id,
        "rules": [rule.rule_id for rule in rules.values() if rule.is_usual],
        "looked_back": LOOKED_BACK,
        "most_of_usual": MOST_OF_USUAL,
    }
    return {(engine, name) for engine, name in connection.execute(_JUDGE, given)}
