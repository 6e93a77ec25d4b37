"""`journey adopt`: what it asks of a database, all at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import attributes
import other_shape
from adopted import adopted, project, set_variables, take_in
from checkout import ROOT
from database import Connection
from wellness_journey.adoption import adopt
from wellness_journey.database import migrate, settings
from wellness_journey.database.settings import Target
from wellness_journey.errors import AdoptionError, MigrationError, UsageError
from wellness_journey.rules import attribute

SCHEMA = other_shape.SCHEMA
# What `journey adopt` makes is in these.
OURS = ("intake", "staging", "intermediate", "marts", "published", "quality", "journey_ledger")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that reads the schema wellness."""
    return project(tmp_path_factory.mktemp("adopt"), {"input_schema": SCHEMA}).root


@pytest.fixture
def clinic(copy_of: Callable[[str], Target]) -> Iterator[Connection]:
    """The database of an application that was never adopted."""
    with settings.connect(copy_of("template0"), autocommit=True) as connection:
        other_shape.make(connection)
        yield connection


def refused(connection: Connection, root: Path, schema: str = SCHEMA) -> str:
    """What is told of a database that cannot be adopted; nothing was applied."""
    with pytest.raises(AdoptionError) as told:
        adopt.adopt(connection, root, schema)
    there = connection.execute("select from pg_namespace where nspname = 'quality'").rowcount
    assert there == 0
    return str(told.value)


def catalogue(connection: Connection) -> list[str]:
    """All that is not ours, with its rights, as text."""
    rows = connection.execute(
        "select n.nspname::text || ' ' || c.relname || ' ' || coalesce(c.relacl::text, '')"
        " from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = any('{app,wellness,public}'::text[])"
        " union all select p.oid::regprocedure::text from pg_proc as p"
        " where p.pronamespace in ('public'::regnamespace, 'app'::regnamespace)"
        " union all select tgname::text from pg_trigger as t"
        " where t.tgrelid::regclass::text ~ '^(app|wellness|public)[.]'"
        " union all select nspname::text || coalesce(nspacl::text, '') from pg_namespace"
        " where not nspname = any(%s) and nspname !~ '^pg_' order by 1",
        (list(OURS),),
    ).fetchall()
    return [row[0] for row in rows]


def test_nothing_of_the_clinics_changes(clinic: Connection, root: Path) -> None:
    """Neither an object nor a right, in `public` or elsewhere."""
    before = catalogue(clinic)
    names = adopt.adopt(clinic, root, SCHEMA)
    assert [name.partition("/")[0] for name in names] == ["adopted"] * len(names)
    take_in(clinic)
    assert catalogue(clinic) == before
    assert adopt.adopt(clinic, root, SCHEMA) == []


def test_all_that_is_missing_is_told_at_once(clinic: Connection, root: Path) -> None:
    """With the statements that supply it."""
    clinic.execute("drop view wellness.log_behavioral_changes")
    clinic.execute("drop view wellness.log_pulse_checks")
    clinic.execute(
        "create view wellness.log_pulse_checks as select id as pulse_check_id, dosing as"
        " session_id, patient_no as patient_id, day::text as check_date,"
        " connected as connection_level,"
        " slept as sleep_quality, mood as mood_level from app.checkins"
    )
    clinic.execute("revoke select on wellness.log_sessions from journey_pipeline")
    told = refused(clinic, root)
    for part in (
        "there is no wellness.log_behavioral_changes",
        "wellness.log_pulse_checks.check_date is text, and must be date or",
        "wellness.log_pulse_checks has no column energy_level",
        'grant select on "wellness".log_sessions to journey_pipeline;',
        'grant select on "wellness".log_pulse_checks to journey_pipeline;',
    ):
        assert part in told, part


def test_the_statements_that_are_told_are_enough(clinic: Connection, root: Path) -> None:
    """For rights: those of the schema, of the views, and of what a view reads as its caller."""
    clinic.execute("revoke all on all tables in schema wellness from journey_pipeline")
    clinic.execute("revoke all on schema wellness from journey_pipeline")
    clinic.execute("alter view wellness.log_pulse_checks set (security_invoker = on)")
    clinic.execute("alter table app.checkins enable row level security")
    for _ in range(3):
        try:
            adopt.adopt(clinic, root, SCHEMA)
            break
        except AdoptionError as error:
            lines = [line.strip() for line in str(error).splitlines() if line.startswith("    ")]
            assert lines
            for line in lines:
                clinic.execute(line.encode())
    take_in(clinic)


@pytest.mark.parametrize("rows", ["(1, 10), (1, 20)", "(null, 10)"])
def test_keys_that_are_not_unique_are_told(clinic: Connection, root: Path, rows: str) -> None:
    """With the query that shows them; rows would be counted twice."""
    clinic.execute("drop view wellness.log_sessions")
    clinic.execute("alter table app.dosings drop constraint dosings_pkey")
    clinic.execute("alter table app.dosings alter column id drop not null")
    clinic.execute(f"insert into app.dosings (id, patient_no) values {rows}".encode())
    clinic.execute(other_shape.VIEWS.split(";")[1].encode())
    clinic.execute(other_shape.GRANTS)
    told = refused(clinic, root)
    assert "log_sessions.session_id is missing in some row, or is there twice" in told
    query = next(line for line in told.splitlines() if line.startswith("    select"))
    assert clinic.execute(query.strip().rstrip(";").encode()).rowcount == 1


@pytest.mark.parametrize(
    ("schema", "part"),
    [
        ("public", "reads a schema of its own"),
        ("elsewhere", "dbt_project.yml has input_schema: wellness"),
    ],
)
def test_another_schema_is_refused(clinic: Connection, root: Path, schema: str, part: str) -> None:
    """The one that dbt reads is the one that is adopted."""
    assert part in refused(clinic, root, schema)


def test_a_schema_that_is_not_there(clinic: Connection, root: Path) -> None:
    """Is the first thing to make."""
    clinic.execute("drop schema wellness cascade")
    told = refused(clinic, root)
    assert "there is no schema wellness" in told
    assert 'create schema "wellness";' in told


def test_a_database_is_used_in_one_way(
    migrated: str, clinic: Connection, root: Path, copy_of: Callable[[str], Target]
) -> None:
    """Each way refuses a database of the other, and says which command it needs."""
    with settings.connect(copy_of(migrated), autocommit=True) as ours:
        other_shape.make(ours)
        with pytest.raises(MigrationError, match="take another database"):
            adopt.adopt(ours, root, SCHEMA)
    adopt.adopt(clinic, root, SCHEMA)
    with pytest.raises(MigrationError, match="run `journey adopt`"):
        migrate.migrate(clinic, ROOT / "migrations")


def test_a_changed_list_is_noticed(clinic: Connection, root: Path, tmp_path: Path) -> None:
    """The code was made for the list: the next run asks for `journey adopt`."""
    adopt.adopt(clinic, root, SCHEMA)
    assert adopt.changes(clinic, root) is None
    other = project(tmp_path / "other", {"input_schema": SCHEMA}).root
    set_variables(other, {"codes": {"session_type": {"talk": "INTEGRATION_THERAPY"}}})
    assert "run `journey adopt`" in (adopt.changes(clinic, other) or "")
    adopt.adopt(clinic, other, SCHEMA)
    assert adopt.changes(clinic, other) is None


def test_a_changed_column_is_named_first(clinic: Connection, root: Path) -> None:
    """Relation and column, then what waits for it, then who acts."""
    adopt.adopt(clinic, root, SCHEMA)
    clinic.execute("alter view wellness.log_pulse_checks rename column mood_level to mood")
    told = adopt.changes(clinic, root) or ""
    first, second, *_ = told.splitlines()
    assert "changed since they were adopted" in first
    assert second == "- wellness.log_pulse_checks has no column mood_level (number)"
    assert "Every model waits for this" in told
    assert "Who acts: the engineer" in told


def test_a_function_that_somebody_changed_is_noticed(clinic: Connection, root: Path) -> None:
    """Posture compares those of all clinics; these are compared with what would be made."""
    adopt.adopt(clinic, root, SCHEMA)
    clinic.execute(
        "create or replace function intake.take_in(p_everything boolean default false) "
        "returns void language plpgsql as $$ begin null; end $$"
    )
    assert "run `journey adopt`" in (adopt.changes(clinic, root) or "")


@pytest.mark.parametrize(
    ("questions", "part"),
    [
        ([], "questions: expected a list"),
        ([{"name": "mood"}], "questions: expected a list"),
        ([{"name": "Mood!", "column": "m"}], "questions"),
        ("mood", "questions: expected a list"),
    ],
)
def test_a_list_that_cannot_be_used_is_named(
    clinic: Connection, tmp_path: Path, questions: Any, part: str
) -> None:
    """With what was expected."""
    other = project(tmp_path / "bad", {"input_schema": SCHEMA, "questions": questions}).root
    with pytest.raises(UsageError, match=part):
        adopt.adopt(clinic, other, SCHEMA)


def test_templates_are_guessed_and_marked(clinic: Connection, root: Path, tmp_path: Path) -> None:
    """Every file makes its view once what is missing is filled in; none is overwritten."""
    clinic.execute("drop schema wellness cascade")
    clinic.execute("create schema wellness")
    clinic.execute(
        "create table app.log_pulse_checks (pulse_check_id uuid primary key, session uuid, "
        "client uuid, day date, mood integer, energy integer)"
    )
    paths = adopt.write_template(clinic, root, SCHEMA, tmp_path / "views")
    text = (tmp_path / "views" / "log_pulse_checks.sql").read_text(encoding="utf-8")
    assert 'source."client" as patient_id, -- a guess' in text
    assert 'source."mood" as mood_level, -- a guess' in text
    assert "null::numeric as sleep_quality, -- not found, and needed" in text
    for path in paths:
        statement = path.read_text(encoding="utf-8")
        if "from your_table" not in statement:
            clinic.execute(statement.encode())
    with pytest.raises(UsageError, match="are there already"):
        adopt.write_template(clinic, root, SCHEMA, tmp_path / "views")


def test_adopted_is_idempotent(clinic: Connection, root: Path) -> None:
    """A second time changes no row of the record but its time."""
    target = Target(clinic.info.host, clinic.info.port, clinic.info.user, clinic.info.dbname)
    adopted(target, root, SCHEMA)
    adopted(target, root, SCHEMA)
    rows = clinic.execute("select input_schema, missing_columns from quality.adoption").fetchall()
    assert [row[0] for row in rows] == [SCHEMA]
    assert "log_pulse_checks.days_post_session" in rows[0][1]


SITE = {"name": "site", "values": {"N": "North", "S": "South"}}


def test_an_attribute_without_its_relation_is_told(
    clinic: Connection, root: Path, tmp_path: Path
) -> None:
    """With the view that would supply it; so is the relation without the attribute."""
    named = project(tmp_path / "named", {"input_schema": SCHEMA, "attribute": SITE}).root
    told = refused(clinic, named)
    assert "- there is no wellness.log_session_attributes: one row per dosing session" in told
    assert "dbt_project.yml names an attribute" in told
    assert 'create view "wellness".log_session_attributes as' in told
    attributes.make(clinic)
    assert adopt.adopt(clinic, named, SCHEMA) != []
    assert adopt.changes(clinic, named) is None
    told = adopt.changes(clinic, root) or ""
    assert "- wellness.log_session_attributes is there, and dbt_project.yml names no" in told
    assert 'select distinct value from "wellness".log_session_attributes;' in told
    assert 'drop view "wellness".log_session_attributes;' in told


def test_a_changed_attribute_is_named_first(clinic: Connection, tmp_path: Path) -> None:
    """As a column of any other relation."""
    named = project(tmp_path / "named", {"input_schema": SCHEMA, "attribute": SITE}).root
    attributes.make(clinic)
    adopt.adopt(clinic, named, SCHEMA)
    clinic.execute("alter view wellness.log_session_attributes rename column value to site")
    told = (adopt.changes(clinic, named) or "").splitlines()
    assert told[1] == "- wellness.log_session_attributes has no column value (code)"
    clinic.execute("drop view wellness.log_session_attributes")
    assert "there is no wellness.log_session_attributes" in (adopt.changes(clinic, named) or "")


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ("site", "expected {}, or a name and values"),
        ({"name": "site"}, "expected {}, or a name and values"),
        ({"name": "The site", "values": {"N": "North"}}, "the name is not small letters"),
        ({"name": "site", "values": {}}, "expected values, each a text"),
        ({"name": "site", "values": {1: "North"}}, "in quotation marks"),
        ({"name": "site", "values": {"N": "No'rth"}}, "the label of N is not"),
        ({"name": "site", "values": {"N": "None"}}, "None is the label of patients"),
        ({"name": "site", "values": {"N": "several"}}, "several is the label of patients"),
    ],
)
def test_an_attribute_that_cannot_be_used_is_named(tmp_path: Path, given: Any, part: str) -> None:
    """With what was expected."""
    other = project(tmp_path / "bad", {"input_schema": SCHEMA, "attribute": given}).root
    with pytest.raises(UsageError, match=re.escape(part)):
        attribute.read(other)
