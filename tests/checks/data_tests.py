"""The data tests of the project as dbt reads them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalogued import LISTS, RULES
from wellness_journey.rules.catalogue import Rule

BY_TEST_NAME = {rule.test_name: rule for rule in RULES.values()}


@dataclass(frozen=True)
class DataTest:
    """A data test as the dbt project has it; a query of our own has no arguments."""

    name: str
    tables: frozenset[str]
    is_of_staging: bool
    arguments: Mapping[str, Any]
    where: str
    severity: str

    @property
    def rule(self) -> Rule:
        """The rule that it checks."""
        return BY_TEST_NAME[self.name.partition("__")[0]]

    @property
    def columns(self) -> set[str]:
        """Those that its arguments list."""
        listed = itertools.chain(
            *(self.arguments.get(name) or () for name in ("columns", "ranges", "sets"))
        )
        return {*listed, *filter(None, [self.arguments.get("column_name")])}

    @property
    def is_of_completeness(self) -> bool:
        """Whether it asks for rows that are missing."""
        return self.rule.rule_id in ("BT-002", "BT-003")

    @property
    def condition(self) -> str:
        """What it says in SQL."""
        return f"{self.arguments.get('condition', '')} {self.where}"


def arguments_of(test: Any) -> dict[str, Any]:
    """With the entries of the lists in the place of {column}, {metric} and the like."""
    if not hasattr(test, "test_metadata"):
        return {}
    given = dict(test.test_metadata.kwargs)
    ranges = {
        "answers_on_their_scales": {
            one.column: [one.lowest, one.highest] for one in LISTS.questions.asked
        },
        "scores_in_their_ranges": {
            one.column: [one.lowest, one.highest] for one in LISTS.instruments.known
        },
    }
    if test.test_metadata.name in ranges:
        given["ranges"] = ranges[test.test_metadata.name]
    for name in ("columns", "values"):
        if isinstance(given.get(name), list):
            given[name] = [one for text in given[name] for one in each_of(text)]
    for name in ("ranges", "sets"):
        if name in given:
            given[name] = {
                one: [each for word in said for each in each_of(word)]
                for text, said in given[name].items()
                for one in each_of(text)
            }
    if of_each := given.get("of_each"):
        joined = " and ".join(each_of(of_each.replace("{part}", "12")))
        for name in ("condition", "rows"):
            given[name] = str(given.get(name, "")).replace("{each}", f"({joined})")
    if "of_texts" in given:
        given["condition"] = f"({given['condition']}) and ({given['of_texts']})"
    return given


def each_of(text: Any) -> list[Any]:
    """As the macro of that name."""
    if not isinstance(text, str) or "{" not in text:
        return [text]
    if text == "{{ var('questions') | length }}":
        return [len(LISTS.questions.asked)]
    found = []
    for one in LISTS.questions.asked:
        filled = text.replace("{metric}", one.name).replace("{metric_column}", one.column)
        found.append(filled.replace("{name}", one.name).replace("{column}", one.column))
    if "{metric" in text:
        filled = text.replace("{metric}", "composite").replace("{metric_column}", "composite")
        return [*found, filled]
    if found[0] != text:
        return found
    return list(
        dict.fromkeys(
            text.replace("{instrument}", one.name)
            .replace("{session_type}", one.session_type)
            .replace("{score}", one.column)
            for one in LISTS.instruments.known
        )
    )


def tables_of(project: Any, test: Any) -> set[str]:
    """The table that a test is about. Staging and queries of our own are about what they read."""
    if not arguments_of(test):
        above, found = list(test.depends_on.nodes), set()
        while above:
            if (unique_id := above.pop()) not in found:
                found.add(unique_id)
                above += getattr(project.nodes.get(unique_id), "depends_on_nodes", [])
        return {name_of(project, one) for one in found if one in project.sources}
    if test.attached_node is None:
        model = arguments_of(test)["model"]
        return {
            name_of(project, one)
            for one in test.depends_on.nodes
            if one in project.sources and f"'{project.sources[one].name}'" in model
        }
    node = project.nodes[test.attached_node]
    if node.schema != "staging":
        return {name_of(project, test.attached_node)}
    # That of a source which only a clinic's own tables have is about itself.
    sources = {name_of(project, one) for one in node.depends_on.nodes if one in project.sources}
    return sources or {name_of(project, test.attached_node)}


def name_of(project: Any, unique_id: str) -> str:
    source = project.sources.get(unique_id)
    if source:
        return f"{source.schema}.{source.identifier}"
    return f"{project.nodes[unique_id].schema}.{project.nodes[unique_id].alias}"


def accepted_by(test: DataTest) -> str:
    """What passes a data test, as SQL."""
    terms = []
    for column, bounds in test.arguments.get("ranges", {}).items():
        signs = zip((">=", "<="), bounds, strict=True)
        terms += [f"coalesce({column} {sign} {x}, true)" for sign, x in signs if x is not None]
    for column, words in test.arguments.get("sets", {}).items():
        listed = ", ".join(f"'{word}'" for word in words)
        terms.append(f"coalesce({column} in ({listed}), true)")
    if "condition" in test.arguments:
        terms.append(f"coalesce({test.arguments['condition']}, false)")
    return " and ".join(terms) or "null"
