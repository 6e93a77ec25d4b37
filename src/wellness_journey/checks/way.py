"""What is checked in a database that works on a clinic's own tables.

It is made from what is checked in a database with the tables of the migrations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from wellness_journey.adoption.contract import Column, Contract
from wellness_journey.adoption.record import Adoption
from wellness_journey.checks.privacy.policy_file import Policy
from wellness_journey.checks.suites.suite_file import (
    BETWEEN,
    COLUMNS_MATCH,
    NOT_NULL,
    TYPE_IN_LIST,
    Check,
    Suite,
)
from wellness_journey.rules.catalogue import Rule
from wellness_journey.rules.lists import Lists

_PUBLIC = "public."
# A row without a session is quarantined, and a session may have no practitioner.
_MAY_BE_NULL = ("session_id", "practitioner_id")
# The day is worked out; and every session has the keys, though an optional relation has none.
_NEVER_NULL_IN_MODELS = {"days_post_session", "session_id", "patient_id"}
_CLASSES = {
    "key": "key",
    "day": "date",
    "time": "date",
    "number": "measure",
    "count": "measure",
    "flag": "measure",
    "code": "code",
    "text": "free_text",
}
# As SQLAlchemy names the types of the copies.
_TYPES = {
    "uuid": "UUID",
    "date": "DATE",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "numeric": "NUMERIC",
    "integer": "INTEGER",
    "boolean": "BOOLEAN",
    "text": "TEXT",
}


@dataclass(frozen=True)
class Way:
    """How a database is used: without an adoption, as the migrations made it."""

    contract: Contract
    lists: Lists
    adoption: Adoption | None

    @property
    def is_adopted(self) -> bool:
        return self.adoption is not None

    @property
    def raw_schema(self) -> str:
        """Where the tables are that staging reads."""
        return "intake" if self.adoption else "public"

    def rules(self, rules: Mapping[str, Rule]) -> dict[str, Rule]:
        """The rules, each about the relation of the clinic that it is about."""
        return {rule_id: self._rule(rule) for rule_id, rule in rules.items()}

    def suites(self, suites: list[Suite]) -> list[Suite]:
        """The suites; of raw tables they look at the copies, which have the contract's columns."""
        asked = [self._asked(one) for one in suites]
        if not self.adoption:
            return asked
        return [
            self._suite(one) if one.schema == "public" else self._without_optional(one)
            for one in asked
        ]

    def policy(self, policy: Policy) -> Policy:
        """The policy, with the copies and the clinic's free text in place of `public`."""
        if not self.lists.are_default:
            policy = self._policy_of_lists(policy)
        if self.lists.attribute:
            groups = {"patient_group": self.lists.attribute.groups}
            policy = replace(policy, vocabularies={**policy.vocabularies, **groups})
        if not self.adoption:
            return policy
        classes = {
            place: assigned
            for place, assigned in (*policy.classes.items(), *policy.adopted.items())
            if not place.startswith(_PUBLIC)
        }
        for name, relation in self.contract.relations.items():
            for column in relation.columns.values():
                if column.copied_as:
                    classes[f"intake.{name}.{column.name}"] = _CLASSES[column.kind]
                elif f"{name}.{column.name}" not in self.adoption.missing:
                    classes[f"{self.adoption.schema}.{name}.{column.name}"] = "free_text"
        return replace(policy, classes=classes)

    def without_columns(self, rules: Mapping[str, Rule]) -> list[str]:
        """The rules that have nothing to check: the clinic's tables lack what they need."""
        return [
            rule.rule_id
            for rule in rules.values()
            if self.adoption
            and rule.needs
            and not self._has_all(rule.table.rpartition(".")[2], rule.needs)
        ]

    def _asked(self, suite: Suite) -> Suite:
        """The suite with the entries of the lists."""
        if self.lists.are_default:
            return suite
        checks = [
            one
            for check in suite.checks
            # Chance is known of the work order's questions alone.
            if not check.name.endswith("not_be_null chance_by_now_pct")
            for one in (self._of_lists(check, suite.table) if len(check.columns) == 1 else [check])
        ]
        return replace(suite, checks=tuple(map(self._listed, checks)))

    def _of_lists(self, check: Check, table: str) -> list[Check]:
        """A check of the first question's or instrument's column, once for each of the list."""
        found = []
        kind = check.expectation["type"] if check.expectation else ""
        for name in self.lists.names(check.columns):
            kwargs: dict[str, Any] = {"column": name}
            scale = self.lists.scale(name)
            if scale and kind == TYPE_IN_LIST:
                kwargs["type_list"] = ["INTEGER", "NUMERIC"]
            elif scale and kind == BETWEEN and table.startswith("log_"):
                kwargs |= {"min_value": scale[0], "max_value": scale[1]}
            words = check.name.rpartition(" ")[0]
            found.append(replace(_with(check, f"{words} {name}", kwargs), columns=(name,)))
        return found

    def _listed(self, check: Check) -> Check:
        """The check with the entries of the lists in its lists of columns and values."""
        kwargs = check.expectation["kwargs"] if check.expectation else {}
        lists = {
            name: self.lists.names(kwargs[name])
            for name in ("column_set", "value_set")
            if name in kwargs and all(isinstance(one, str) for one in kwargs[name])
        }
        return _with(check, check.name, lists) if lists else check

    def _policy_of_lists(self, policy: Policy) -> Policy:
        classes = {}
        for place, assigned in policy.classes.items():
            table, _, column = place.rpartition(".")
            for one in self.lists.names([column]):
                classes[f"{table}.{one}"] = assigned
        vocabularies = {
            name: self.lists.names(codes) for name, codes in policy.vocabularies.items()
        }
        return replace(policy, classes=classes, vocabularies=vocabularies)

    def _rule(self, rule: Rule) -> Rule:
        rule = replace(rule, columns=tuple(self.lists.names(rule.columns)))
        if not self.adoption or not rule.table.startswith(_PUBLIC):
            return rule
        return replace(rule, table=f"{self.adoption.schema}.{rule.table.removeprefix(_PUBLIC)}")

    def _suite(self, suite: Suite) -> Suite:
        columns = self.contract.relations[suite.table].columns
        checks = []
        for check in suite.checks:
            kind = check.expectation["type"] if check.expectation else ""
            if kind == COLUMNS_MATCH:
                checks.append(_all_columns(check, columns))
                checks += [_type(check, one) for one in columns.values() if one.copied_as]
            elif kind == NOT_NULL and check.columns[0] in _MAY_BE_NULL:
                continue
            elif kind != TYPE_IN_LIST and self._has_all(suite.table, check.columns):
                checks.append(check)
        return Suite("intake", suite.table, tuple(checks))

    def _without_optional(self, suite: Suite) -> Suite:
        """The suite of a model without what a clinic's session may lack: its practitioner."""
        if suite.table == "fct_practitioner_benchmarks":
            return suite
        checks = (
            one
            for one in suite.checks
            if not one.expectation
            or one.expectation["type"] != NOT_NULL
            or one.columns[0] not in self._null_in_models()
        )
        return replace(suite, checks=tuple(checks))

    def _null_in_models(self) -> set[str]:
        missing = self.adoption.missing if self.adoption else frozenset()
        names = {one.rpartition(".")[2] for one in missing} - _NEVER_NULL_IN_MODELS
        return {"practitioner_id", *names}

    def _has_all(self, table: str, names: tuple[str, ...]) -> bool:
        columns = self.contract.relations[table].columns
        missing = self.adoption.missing if self.adoption else frozenset()
        return all(
            name in columns and columns[name].copied_as and f"{table}.{name}" not in missing
            for name in names
        )


def _all_columns(check: Check, columns: Mapping[str, Column]) -> Check:
    names = [one.name for one in columns.values() if one.copied_as]
    return _with(check, check.name, {"column_set": names, "exact_match": True})


def _type(check: Check, column: Column) -> Check:
    of_type = replace(check, columns=(column.name,))
    kwargs = {"column": column.name, "type_list": [_TYPES[str(column.copied_as)]]}
    name = f"{check.rule.rule_id if check.rule else ''} be_in_type_list {column.name}"
    expectation = {"type": TYPE_IN_LIST, "kwargs": kwargs}
    return replace(of_type, name=name, expectation=expectation)


def _with(check: Check, name: str, kwargs: Mapping[str, Any]) -> Check:
    given = check.expectation or {"kwargs": {}}
    changed = {**given, "kwargs": {**given["kwargs"], **kwargs}}
    return replace(check, name=name, expectation=changed)
