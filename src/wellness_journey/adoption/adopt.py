"""Let the pipeline work on a clinic's own tables: look, then apply all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg

from wellness_journey.adoption import code, contract, lacking, template
from wellness_journey.adoption.found import Connection, Found
from wellness_journey.adoption.record import Adoption
from wellness_journey.adoption.sources import Sources
from wellness_journey.adoption.words import literal
from wellness_journey.database import migrate
from wellness_journey.database.obstacles import Obstacle, listed
from wellness_journey.database.refusals import refusal
from wellness_journey.database.statements import split
from wellness_journey.errors import AdoptionError
from wellness_journey.rules import lists
from wellness_journey.rules.variables import variables

# The work order's own tables are there.
_OF_THE_MIGRATIONS = "public"


@dataclass(frozen=True)
class Plan:
    """What is to be applied: migrations that are pending, then the statements made for this clinic.

    `missing` names the optional columns that its relations do not have.
    """

    schema: str
    migrations: list[migrate.Migration]
    statements: list[str]
    missing: list[str]

    @property
    def all_statements(self) -> list[str]:
        """Those of the migrations too, in the order in which they are applied."""
        of_files = [one.text for file in self.migrations for one in split(file.text)]
        return [*of_files, *self.statements, *self.record]

    @property
    def record(self) -> tuple[str, str]:
        """What leaves behind that, and how, this database is used."""
        missing = literal("{" + ",".join(sorted(self.missing)) + "}")
        return (
            "delete from quality.adoption",
            "insert into quality.adoption (input_schema, missing_columns) "
            f"values ({literal(self.schema)}, {missing})",
        )


def schema_of(root: Path) -> str:
    """The schema that dbt_project.yml names.

    Raises:
        UsageError: the file cannot be read.
    """
    return str(variables(root).get("input_schema", _OF_THE_MIGRATIONS))


def plan(connection: Connection, root: Path, schema: str) -> Plan:
    """Look at the database, and say what there is to apply. Writes nothing.

    Raises:
        AdoptionError: the relations are not as the contract has them; all of it in one list.
        MigrationError: the database works on the work order's tables already.
    """
    if schema == _OF_THE_MIGRATIONS:
        raise AdoptionError(
            "journey adopt reads a schema of its own: in public, `journey migrate` makes the "
            "tables. Make a schema with views of your tables, such as "
            "`create schema wellness`, then run `journey adopt --schema wellness`"
        )
    wanted = schema_of(root)
    if wanted != schema:
        raise AdoptionError(
            f"dbt_project.yml has input_schema: {wanted}, and dbt reads that: set it to {schema}, "
            "then run `journey adopt` again"
        )
    pending = migrate.pending_adopted(connection, root / "migrations")
    agreed = contract.read(root)
    there = lacking.found(connection, agreed, schema)
    obstacles = lacking.lacking(connection, agreed, schema, there)
    if obstacles:
        raise AdoptionError(_refused(connection, schema, obstacles))
    missing = [
        f"{name}.{column}"
        for name, relation in agreed.relations.items()
        for column in relation.columns
        if name not in there or column not in there[name].types
    ]
    return Plan(schema, pending, code.statements(agreed, _sources(root, schema, there)), missing)


def write_template(connection: Connection, root: Path, schema: str, folder: Path) -> list[Path]:
    """First views of the tables that are found, in files of `folder`.

    Raises:
        UsageError, PlaceError: as `template.write`.
    """
    return template.write(connection, contract.read(root), schema, folder)


def differs(root: Path, adoption: Adoption | None) -> str | None:
    """What to do where dbt_project.yml names another schema than the database was adopted for."""
    there = adoption.schema if adoption else _OF_THE_MIGRATIONS
    if (wanted := schema_of(root)) == there:
        return None
    return f"dbt_project.yml has input_schema: {wanted}, and this database works on {there}: " + (
        f"set it to {there}" if adoption else "set it to public, or run `journey adopt` first"
    )


def changes(connection: Connection, root: Path) -> str | None:
    """Why the intake cannot run as it was adopted, and what to do; None where nothing changed.

    Asks the catalogue only.
    """
    schema = schema_of(root)
    agreed = contract.read(root)
    there = lacking.found(connection, agreed, schema)
    if obstacles := lacking.of_types(agreed, schema, there):
        return (
            f"the clinic's tables changed since they were adopted (docs/input.md):\n"
            f"{listed(obstacles)}\nEvery model waits for this, and the copies stay as they "
            "were. Who acts: the engineer, together with the person who changed the tables. Then "
            "run `journey run` again"
        )
    wanted = code.bodies(agreed, _sources(root, schema, there))
    bodies = dict(
        connection.execute(
            "select p.proname::text, p.prosrc from pg_catalog.pg_proc as p "
            "where p.pronamespace = 'intake'::regnamespace and p.proname = any(%s)",
            (list(wanted),),
        ).fetchall()
    )
    if bodies != wanted:
        return (
            "the intake was made for other columns, lists or another version than these: run "
            "`journey adopt`, then `journey run` again"
        )
    return None


def _sources(root: Path, schema: str, there: dict[str, Found]) -> Sources:
    found = variables(root)
    return Sources(
        schema,
        there,
        str(found.get("clinic_time_zone", "UTC")),
        {
            vocabulary: {str(theirs): str(ours) for theirs, ours in codes.items()}
            for vocabulary, codes in (found.get("codes") or {}).items()
        },
        lists.read(root).instruments.known,
    )


def adopt(connection: Connection, root: Path, schema: str) -> list[str]:
    """Apply what `plan` says, in one transaction; the names of the migrations that were applied.

    `connection` must be in autocommit mode.

    Raises:
        AdoptionError, MigrationError: as `plan`, or the database refused a statement.
    """
    with migrate.locked(connection):
        planned = plan(connection, root, schema)
        with migrate.applied(connection, planned.migrations):
            for statement in (*planned.statements, *planned.record):
                try:
                    connection.execute(statement.encode())
                except psycopg.Error as error:
                    raise AdoptionError(
                        f"`{statement.splitlines()[0]}` was refused, and nothing was applied: "
                        f"{refusal(error)}"
                    ) from None
    return [one.name for one in planned.migrations]


def _refused(connection: Connection, schema: str, obstacles: list[Obstacle]) -> str:
    return (
        f"nothing was applied to database {connection.info.dbname}: what the schema {schema} must "
        f"have first (docs/input.md):\n{listed(obstacles)}\n"
        f"Run the statements as the owner of these objects, then `journey adopt --schema {schema}` "
        "again"
    )
