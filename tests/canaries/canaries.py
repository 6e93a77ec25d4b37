"""Recognisable values for every column, and models that make others quote them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from database import Connection
from rows import insert

NAME = "Zébulondine Quillfeather"
MAIL = "quizzical.wombat@marmaladehuset.example"
NOTE = f"""{NAME} ({MAIL}) "dreamt" of relation "vermilion"; 'he' saw
ghostwhales: column "ghostwhales\""""
SCORE = 471_104_711
DAY = date(1987, 11, 23)
TRACES = [
    *("zébulondine", r"z\u00e9bulondine", r"z\xe9bulondine", "z%c3%a9bulondine", "quillfeather"),
    *("quizzical", "marmaladehuset", "vermilion", "ghostwhales", "471104711", "471_104_711"),
    *("cafe4711", "1987-11-23", "19871123", "1987, 11, 23", "1987/11/23"),
]
TABLES = (
    "auth.users",
    "public.log_sessions",
    "public.log_integration_sessions",
    "public.log_behavioral_changes",
    "public.log_pulse_checks",
    "public.log_journey_ends",
)


def key(column: str) -> UUID:
    """A recognisable key, the same wherever a column of this name stands."""
    return UUID(f"cafe4711-0000-4000-8000-{int.from_bytes(column.encode()[-6:]):012x}")


def plant(connection: Connection) -> None:
    """A canary in every column there is, and a sound pulse check and change beside them."""
    values = {
        "date": DAY,
        "timestamp with time zone": DAY,
        "integer": SCORE,
        "boolean": True,
        "text": NOTE,
        "character varying": NAME[:20],  # of varchar(20)
    }
    for table in TABLES:
        columns = connection.execute(
            "select attname, format_type(atttypid, null), conname from pg_attribute "
            "left join pg_constraint on conrelid = attrelid and contype = 'c' "
            "where attrelid = %s::regclass and attnum > 0 and not attisdropped",
            (table,),
        ).fetchall()
        connection.execute(f"alter table {table} disable trigger all".encode())
        for constraint in {row[2] for row in columns if row[2]}:
            connection.execute(f"alter table {table} drop constraint {constraint}".encode())
        row = {
            column: key("practitioner_id" if column == "id" else column)
            if kind == "uuid"
            else values[kind]
            for column, kind, _ in columns
        }
        insert(connection, table, **row)
        if table.endswith("pulse_checks"):
            scores = {name: 3 for name, kind, _ in columns if kind == "integer"}
            sound = {**row, **scores, "pulse_check_id": key("sound"), "days_post_session": 0}
            insert(connection, table, **sound)
        if table.endswith("changes"):
            sound = {"change_id": key("sound"), "change_type": "HABIT", "days_post_session": 0}
            insert(connection, table, **{**row, **sound, "change_sentiment": "POSITIVE"})


PULSE_CHECKS = "{{ source('operational', 'log_pulse_checks') }}"
# What a model does to each row, and what `journey` tells of it; only the first quotes no row.
REFUSED = {
    "zero": ("1 / (mood_level - mood_level)", "DivisionByZero (SQLSTATE 22012)"),
    "cast": ("notes::integer", "InvalidTextRepresentation (SQLSTATE 22P02)"),
    "date": ("notes::date", "InvalidDatetimeFormat (SQLSTATE 22007)"),
    "range": ("mood_level::text::smallint", "NumericValueOutOfRange (SQLSTATE 22003)"),
    "json": ("""('{"a": ' || notes)::json""", "InvalidTextRepresentation (SQLSTATE 22P02)"),
    "relation": ("split_part(notes, '\"', 4)::regclass", "UndefinedTable (SQLSTATE 42P01)"),
    "query": ("to_tsquery(notes)", "SyntaxError (SQLSTATE 42601)"),
}
MODELS = {
    **{f"broken_{name}": f"select {expression} as x" for name, (expression, _) in REFUSED.items()},
    "broken_contract": "select notes",
    "broken_not_null": "select notes, nullif(mood_level, mood_level) as nothing",
    "broken_index": "select 1 as one, substr(notes, 1, 60) as start",
    "broken_macro": """
        {% if execute %}
            {% set notes = run_query('select max(notes) from public.log_pulse_checks') %}
            {{ exceptions.raise_compiler_error(notes.columns[0].values()[0]) }}
        {% endif %}
        select 1 as one""",
    "broken_tests": "select session_id, notes, mood_level",
    "broken_unit": "select notes",
}
CONFIGS = {
    "broken_contract": {"contract": {"enforced": True}},
    "broken_not_null": {"contract": {"enforced": True}},
    "broken_index": {"indexes": [{"columns": ["one"], "unique": True}]},
}
COLUMNS = {
    "broken_contract": [{"name": "notes", "data_type": "integer"}],
    "broken_not_null": [
        {"name": "notes", "data_type": "text"},
        {"name": "nothing", "data_type": "integer", "constraints": [{"type": "not_null"}]},
    ],
    "broken_tests": [
        {"name": "session_id", "data_tests": ["unique"]},
        {
            "name": "notes",
            "data_tests": [
                {"unique_key": {"arguments": {"columns": ["session_id", "notes"]}}},
                {"accepted_values": {"arguments": {"values": ["HABIT"]}}},
            ],
        },
        {"name": "mood_level", "data_tests": [{"not_null": {"name": "broken_not_null_test"}}]},
    ],
}
TESTS = [
    {"in_ranges": {"name": "broken_score", "arguments": {"ranges": {"mood_level": [1, 5]}}}},
    {
        "in_sets": {
            "name": "broken_kept",
            "arguments": {"sets": {"notes": ["HABIT"]}},
            "config": {"store_failures": True},
        }
    },
]
QUOTING_TESTS = [
    {"holds": {"name": "broken_cast_test", "arguments": {"condition": "notes::integer > 0"}}},
    {
        "holds": {
            "name": "broken_count_test",
            "arguments": {"condition": "false"},
            "config": {
                "fail_calc": "(select max(notes) from public.log_pulse_checks)",
                **dict.fromkeys(("error_if", "warn_if"), "is not null"),
            },
        }
    },
]
UNIT_TEST = {
    "name": "broken_unit_test",
    "model": "broken_unit",
    "given": [
        {
            "input": PULSE_CHECKS[3:-3],
            "rows": [{"notes": "invented", "check_date": "1980-01-01"}],
        }
    ],
    "expect": {"rows": [{"notes": "expected"}]},
}
SAFE = ("broken_zero", "broken_contract", "broken_tests", "broken_unit")


def add_models(root: Path, names: tuple[str, ...]) -> None:
    """Models that fail, of those above."""
    folder = root / "dbt_project" / "models" / "broken"
    folder.mkdir()
    listed: list[dict[str, Any]] = []
    for name in names:
        # Before 1990 there are the canaries only.
        rows = f" from {PULSE_CHECKS} where check_date < date '1990-01-01'"
        end = "" if "{%" in MODELS[name] else rows
        (folder / f"{name}.sql").write_text(f"{MODELS[name]}{end}\n")
        config = {"schema": "intermediate", "materialized": "table", **CONFIGS.get(name, {})}
        listed.append({"name": name, "config": config, "columns": COLUMNS.get(name, [])})
        if name == "broken_tests":
            listed[-1]["data_tests"] = TESTS if names == SAFE else TESTS + QUOTING_TESTS
    text = json.dumps({"models": listed, "unit_tests": [UNIT_TEST]})
    (folder / "_broken.yml").write_text(text)
