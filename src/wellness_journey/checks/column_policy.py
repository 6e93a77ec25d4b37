"""The column policy: the database's catalogue against an allow-list of classified columns.

What nobody classified is a failure, in every analytics schema and in the operational
tables. Names and types are judged as well: they catch a column that was classified in a
hurry. Only the catalogue is read, never a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from wellness_journey.checks.policy_file import BUILT, SCHEMAS, Policy, UnusableError, read
from wellness_journey.checks.results import CheckResult, Status

FILE = "expectations/column_policy.yml"
# The application's database may hold other tables in `public`: these are the ones we read.
_OPERATIONAL = (
    "log_sessions",
    "log_integration_sessions",
    "log_behavioral_changes",
    "log_pulse_checks",
)

# Types that cannot hold text.
_PLAIN_TYPE = re.compile(
    r"(uuid|boolean|smallint|integer|bigint|real|double precision|numeric(\([\d,]+\))?|date"
    r"|interval|(time|timestamp)(\(\d\))? (with|without) time zone)(\[\])?"
)
# Text, and lists of it: only for a closed vocabulary. Any other type can hide text.
_TEXT_TYPE = re.compile(r"(text|name|character( varying)?(\(\d+\))?)(\[\])?")
_KEY_OR_DATE_TYPE = re.compile(r"(uuid|date|timestamp).*")

# HIPAA's eighteen identifiers, then free text, as words of a name like _patient_name_.
_IDENTIFIER = re.compile(
    r"""_(
      (first|last|middle|given|family|full|user|nick|maiden)?_?names? | (sur|fore)name | initials
    | addr(ess(es)?)? | street | city | town | village | county | zip(_?codes?)? | post(al|_?codes?)
    | latitude | longitude | lat | lon | lng | geo | location
    | birth(_?(date|day|place))? | dob | born | death | deceased | admission | discharge | age
    | (tele|mobile|cell)?_?phones? | mobile | tel | pager
    | fax
    | e?_?mails?
    | ssn | social_security | national_id | tax_id | passport | nhs
    | mrn | medical_record | records?_(number|no|nr|id) | chart_(number|no|id)
    | insurance | health_plan | medicare | medicaid
    | (policy|member|subscriber|beneficiary)_(number|no|id)
    | accounts? | iban | card_number
    | licen[cs]es? | certificates? | npi | dea
    | vehicle | vin | plate
    | devices? | serial | imei | mac_address
    | ur[li]s? | website | homepage
    | ip | ipv
    | biometrics? | fingerprints? | voice | retina | iris | face | dna | genome
    | photos? | pictures? | images? | portrait | avatar | video
    | login | social_media
    | notes? | comments? | remarks? | descriptions? | narratives? | messages? | memos? | feedback
    | free_?text | journal | diary | transcripts?
    )_""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class _Column:
    place: str
    schema: str
    name: str
    type: str


@dataclass(frozen=True)
class _Rule:
    rule_id: str
    sentence: str
    schemas: tuple[str, ...]
    offends: Callable[[_Column, Policy], bool]


def _is_unclassified(column: _Column, policy: Policy) -> bool:
    return column.place not in policy.classes


def _looks_like_identifier(column: _Column, policy: Policy) -> bool:
    if column.place in policy.harmless_names or policy.classes.get(column.place) == "free_text":
        return False
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|[^A-Za-z0-9]", "_", column.name)
    return _IDENTIFIER.search(f"_{words}_".lower()) is not None


def _can_hold_text(column: _Column, policy: Policy) -> bool:
    assigned = policy.classes.get(column.place)
    if assigned == "free_text":
        return True
    if _TEXT_TYPE.fullmatch(column.type):
        return assigned != "code"
    return not _PLAIN_TYPE.fullmatch(column.type)


def _points_to_a_person(column: _Column, policy: Policy) -> bool:
    if _KEY_OR_DATE_TYPE.fullmatch(column.type):
        return True
    return policy.classes.get(column.place, "measure") not in ("measure", "code")


_RULES = (
    _Rule(
        "columns_classified",
        "Every column is classified in the column policy.",
        SCHEMAS,
        _is_unclassified,
    ),
    _Rule(
        "no_identifier_like_names",
        "No column is named like an identifier of a person or like free text.",
        SCHEMAS,
        _looks_like_identifier,
    ),
    _Rule(
        "no_free_text_types",
        "Outside the operational tables no column can hold free text.",
        (*BUILT, "quality"),
        _can_hold_text,
    ),
    _Rule(
        "published_holds_no_key_or_date",
        "What is published holds measures and codes only: no keys, no dates.",
        ("published",),
        _points_to_a_person,
    ),
)
_STALE = "policy_has_no_stale_entry", "Every column that the column policy names is there."


def compare(connection: psycopg.Connection[Any], path: Path) -> list[CheckResult]:
    """The policy of `path` against the catalogue of `connection`. Writes nothing."""
    try:
        policy = read(path)
    except UnusableError as problem:
        said = f"{path.parent.name}/{path.name}: {problem}"
        return [
            _result(rule_id, sentence, "error", problem=said)
            for rule_id, sentence in (*((r.rule_id, r.sentence) for r in _RULES), _STALE)
        ]
    columns = _catalogue(connection)
    results = []
    for rule in _RULES:
        looked_at = [column for column in columns if column.schema in rule.schemas]
        odd = [column.place for column in looked_at if rule.offends(column, policy)]
        results.append(_judged(rule.rule_id, rule.sentence, len(looked_at), odd, "fail"))

    is_built = any(column.schema in BUILT for column in columns)
    entries = [place for place in policy.classes if is_built or place.split(".")[0] not in BUILT]
    gone = sorted(set(entries) - {column.place for column in columns})
    return [*results, _judged(*_STALE, len(entries), gone, "warn")]


def _judged(
    rule_id: str, sentence: str, checked: int, odd: Sequence[str], when_broken: Status
) -> CheckResult:
    status: Status = when_broken if odd else "pass" if checked else "not_applicable"
    return _result(rule_id, sentence, status, checked, len(odd), tuple(odd))


def _result(
    rule_id: str,
    sentence: str,
    status: Status,
    checked: int | None = None,
    failing: int | None = None,
    places: tuple[str, ...] = (),
    problem: str | None = None,
) -> CheckResult:
    return CheckResult(
        "column_policy", rule_id, "columns", status, checked, failing, sentence, places, problem
    )


def _catalogue(connection: psycopg.Connection[Any]) -> list[_Column]:
    """Every column of tables, partitioned tables, views, materialized views, foreign tables."""
    rows = connection.execute(
        "select n.nspname::text, c.relname::text, a.attname::text,"
        " pg_catalog.format_type(a.atttypid, a.atttypmod)"
        " from pg_catalog.pg_attribute as a"
        " inner join pg_catalog.pg_class as c on c.oid = a.attrelid"
        " inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace"
        " where c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped"
        " and n.nspname = any(%s) and (n.nspname <> 'public' or c.relname = any(%s))"
        " order by n.nspname, c.relname, a.attnum",
        (list(SCHEMAS), list(_OPERATIONAL)),
    )
    return [
        _Column(f"{schema}.{table}.{name}", schema, name, kind)
        for schema, table, name, kind in rows
    ]
