"""Rules, checks, constraints hold each other: none without the others, no limit told twice."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import Any

import pytest
import yaml

from builds import dbt_environment
from checkout import ROOT
from data_tests import BY_TEST_NAME, RULES, DataTest, accepted_by, arguments_of, tables_of
from database import Connection
from wellness_journey.checks.suites import suite_file
from wellness_journey.database.settings import Target

SUITES = suite_file.read(ROOT / "expectations", RULES)

EXPECTATIONS = [
    (f"{suite.schema}.{suite.table}", check) for suite in SUITES for check in suite.checks
]

VARIABLES = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]

# The column policy, the scan of free text, posture and the comparison of runs know their rules by
# their ids; all unit tests are one, and so are the comparisons of what tables hold.
BY_ID_ALONE = ("PH-", "PO-", "RN-", "LG-", "BT-001")

Limits = dict[tuple[str, str], Any]


@pytest.fixture(scope="module")
def project(embedded: Target) -> Any:
    """The project as dbt reads it, without a look at the database."""
    with dbt_environment(embedded):
        from dbt.cli.main import dbtRunner

        quiet = ["--log-level", "none", "--log-level-file", "none", "--no-write-json"]
        folders = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT)]
        read = dbtRunner().invoke([*quiet, "parse", *folders])
        assert read.success, read.exception
        return read.result


@pytest.fixture(scope="module")
def data_tests(project: Any) -> list[DataTest]:
    """Every data test of the project."""
    return [
        DataTest(
            name=node.name,
            tables=frozenset(tables_of(project, node)),
            is_of_staging=".stg_" in (getattr(node, "attached_node", None) or ""),
            arguments=arguments_of(node),
            where=node.config.where or "",
            severity=node.config.severity.lower(),
        )
        for node in project.nodes.values()
        if node.resource_type == "test"
    ]


# A check has a rule ------------------------------------------------------------------------------


def test_a_data_test_is_named_by_its_rule(data_tests: list[DataTest]) -> None:
    """Its name is the id and the sentence; a second one goes on after two underscores."""
    names = {test.name for test in data_tests}
    assert {name for name in names if name.partition("__")[0] not in BY_TEST_NAME} == set()
    assert {name for name in names if len(name) >= 100} == set()


def test_a_data_test_is_about_its_rules_table(data_tests: list[DataTest]) -> None:
    """The rule's table, or a staging view of it; a rule of several tables names none."""
    astray = {
        test.name
        for test in data_tests
        if "." in test.rule.table and test.rule.table not in test.tables
    }
    assert astray == set()


def test_a_data_test_weighs_what_its_rule_weighs(data_tests: list[DataTest]) -> None:
    """Critical is an error, others warn, and a test of raw data must not stop the build."""
    for test in data_tests:
        is_raw = test.rule.table.startswith("public.")
        expected = "error" if test.rule.when_broken == "fail" and not is_raw else "warn"
        assert (test.name, test.severity) == (test.name, expected)


def test_an_expectation_is_about_its_rules_table() -> None:
    """Every one is understood, and its rule is of the same table."""
    assert [check.problem for _, check in EXPECTATIONS if check.problem] == []
    astray = {
        check.name for table, check in EXPECTATIONS if not check.rule or check.rule.table != table
    }
    assert astray == set()


def test_a_rule_names_the_columns_that_are_looked_at(data_tests: list[DataTest]) -> None:
    """None that a check lists is missing, and none is named that no check looks at."""
    listed: dict[str, set[str]] = {rule_id: set() for rule_id in RULES}
    said: dict[str, str] = dict.fromkeys(RULES, "")
    is_known: dict[str, bool] = dict.fromkeys(RULES, True)
    for test in data_tests:
        listed[test.rule.rule_id] |= test.columns
        said[test.rule.rule_id] += test.condition
        # A query of our own says in itself what it looks at, and staging renames.
        if test.is_of_staging or not (test.columns or test.condition.strip()):
            is_known[test.rule.rule_id] = False
    for _, check in EXPECTATIONS:
        if check.rule and not is_of_schema(check):
            listed[check.rule.rule_id] |= set(check.columns)
    for rule in RULES.values():
        named = set(rule.columns)
        assert (rule.rule_id, listed[rule.rule_id] - named) == (rule.rule_id, set())
        if is_known[rule.rule_id]:
            unseen = named - listed[rule.rule_id] - set(re.findall(r"\w+", said[rule.rule_id]))
            assert (rule.rule_id, unseen) == (rule.rule_id, set())


def is_of_schema(check: suite_file.Check) -> bool:
    kind = check.expectation["type"] if check.expectation else None
    return kind in (suite_file.COLUMNS_MATCH, suite_file.TYPE_IN_LIST)


def test_a_rule_about_raw_data_names_columns_that_are_there(connection: Connection) -> None:
    """Also where its check is a query of our own."""
    columns = connection.execute(
        "select table_schema || '.' || table_name, column_name from information_schema.columns"
        " where table_schema = 'public'"
    ).fetchall()
    for rule in RULES.values():
        if rule.table.startswith("public."):
            gone = {name for name in rule.columns if (rule.table, name) not in columns}
            assert (rule.rule_id, gone) == (rule.rule_id, set())


# A rule has a check ------------------------------------------------------------------------------


def test_no_rule_is_without_a_check(project: Any, data_tests: list[DataTest]) -> None:
    """A rule that nothing checks would always look as if it held."""
    checked = {test.rule.rule_id for test in data_tests}
    checked |= {check.rule.rule_id for _, check in EXPECTATIONS if check.rule}
    unchecked = {one for one in RULES if not one.startswith(BY_ID_ALONE)} - checked
    assert unchecked == set()
    assert project.unit_tests


def test_no_table_is_without_its_completeness(project: Any, data_tests: list[DataTest]) -> None:
    """Rows that are missing fail no test of the rows: of what is kept by key, and published."""
    stated = {table for test in data_tests if test.is_of_completeness for table in test.tables}
    due = {
        f"{node.schema}.{node.name}"
        for node in project.nodes.values()
        if node.resource_type == "model"
        and (node.config.materialized == "by_key" or node.schema == "published")
    }
    assert due - stated == set()
    assert len(due) >= 40


def test_no_sentence_is_written_twice() -> None:
    """Two rules that say the same would be one finding under two names."""
    sentences = Counter(rule.sentence for rule in RULES.values())
    assert [sentence for sentence, times in sentences.items() if times > 1] == []


def test_a_constraint_has_one_rule(connection: Connection) -> None:
    """Every check, key and reference of the operational tables is named by the rule it enforces."""
    there = {
        name: (table, set(columns))
        for name, table, columns in connection.execute(
            """
            select c.conname, n.nspname || '.' || t.relname, array(
                select a.attname::text from pg_attribute as a
                where a.attrelid = c.conrelid and a.attnum = any(c.conkey)
            )
            from pg_constraint as c
            inner join pg_class as t on t.oid = c.conrelid
            inner join pg_namespace as n on n.oid = t.relnamespace
            where n.nspname = 'public' and t.relname like 'log\\_%'
                and c.contype in ('c', 'f', 'p', 'u', 'x')
            """
        )
    }
    named = Counter(name for rule in RULES.values() for name in rule.constraints)
    assert named == dict.fromkeys(there, 1)
    for rule in RULES.values():
        for name in rule.constraints:
            table, columns = there[name]
            assert (name, table) == (name, rule.table)
            assert (name, columns - set(rule.columns)) == (name, set())


# One limit ---------------------------------------------------------------------------------------


def limit(value: Any) -> Any:
    """A bound of a range; the smallest cell is a variable of the project."""
    return VARIABLES["min_cell"] if value == "{{ var('min_cell') }}" else value


def limits_of_dbt(data_tests: list[DataTest], kind: str) -> Limits:
    found: Limits = {}
    for test in data_tests:
        for column, given in test.arguments.get(kind, {}).items():
            place = (test.rule.table, column)
            said = tuple(map(limit, given)) if kind == "ranges" else frozenset(map(str, given))
            assert (place, found.setdefault(place, said)) == (place, said)
    return found


def limits_of_suites(kind: str) -> Limits:
    found: Limits = {}
    for table, check in EXPECTATIONS:
        expectation = check.expectation or {}
        kwargs = expectation["kwargs"]
        # What tolerates failing rows limits no value.
        if kind not in expectation["type"] or not check.rule or check.rule.threshold:
            continue
        place = (table, kwargs["column"])
        said: Any = (kwargs.get("min_value"), kwargs.get("max_value"))
        if kind == "in_set":
            said = frozenset(map(str, kwargs["value_set"]))
        assert (place, found.setdefault(place, said)) == (place, said)
    return found


@pytest.mark.parametrize(("of_dbt", "of_suites"), [("ranges", "between"), ("sets", "in_set")])
def test_suites_and_data_tests_have_the_same_limits(
    data_tests: list[DataTest], of_dbt: str, of_suites: str
) -> None:
    """Ranges and vocabularies of every table that has a suite."""
    tables = {table for table, _ in EXPECTATIONS}
    ours = limits_of_dbt(data_tests, of_dbt)
    assert {place: said for place, said in ours.items() if place[0] in tables} == (
        limits_of_suites(of_suites)
    )


def test_columns_of_one_name_have_one_vocabulary(data_tests: list[DataTest]) -> None:
    """From the operational table to what is published."""
    found: Limits = {}
    for (table, column), words in limits_of_dbt(data_tests, "sets").items():
        assert (table, column, found.setdefault(("", column), words)) == (table, column, words)


PROBES: dict[str, list[Any]] = {
    "integer": [*range(-2, 103)],
    "timestamp with time zone": ["-infinity", "2026-01-01", "infinity"],
    "text": ["", " ", "x", *("x" * length for length in (1000, 1001, 2000, 2001, 4000, 4001))],
}


def test_constraints_and_data_tests_refuse_the_same(
    connection: Connection, data_tests: list[DataTest]
) -> None:
    """For each rule that the database enforces by a check, value by value."""
    vocabulary = frozenset[str]().union(*limits_of_dbt(data_tests, "sets").values())
    probed = 0
    for rule in RULES.values():
        checks = connection.execute(
            "select pg_get_expr(conbin, conrelid) from pg_constraint"
            " where contype = 'c' and conname = any(%s) and conrelid = to_regclass(%s)",
            (list(rule.constraints), rule.table),
        ).fetchall()
        if not checks:
            continue
        refused_by_database = " or ".join(f"not coalesce({check}, true)" for (check,) in checks)
        accepted = " and ".join(accepted_by(test) for test in data_tests if test.rule == rule)
        columns = connection.execute(
            "select attname::text, regexp_replace(format_type(atttypid, null), 'char.*', 'text')"
            " from pg_attribute where attrelid = %s::regclass and attname = any(%s)",
            (rule.table, list(rule.columns)),
        ).fetchall()
        probes = [[*PROBES[kind], *(vocabulary if kind == "text" else ())] for _, kind in columns]
        rows = list(itertools.product(*([None, values[-1]] for values in probes)))
        for place, values in enumerate(probes):
            nothing = [None] * len(probes)
            rows += [(*nothing[:place], x, *nothing[place + 1 :]) for x in values]
        described = ", ".join(f"{name} {kind}" for name, kind in columns)
        connection.execute(f"create temporary table probe ({described}) on commit drop".encode())
        with connection.cursor() as cursor:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"insert into probe values ({marks})".encode(), rows)
        found = connection.execute(
            f"select count(*) filter (where {refused_by_database}) between 1 and count(*) - 1,"
            f" count(*) filter (where ({refused_by_database}) is not distinct from ({accepted}))"
            " from probe".encode()
        ).fetchone()
        connection.execute("drop table probe")
        assert (rule.rule_id, found) == (rule.rule_id, (True, 0))
        probed += 1
    assert probed
