"""Announced keys are the pipeline's alone."""

from __future__ import annotations

import pytest
from psycopg import errors

from database import Connection


@pytest.mark.parametrize(
    "role", ["anon", "authenticated", "service_role", "journey_restricted", "journey_analyst"]
)
@pytest.mark.parametrize(
    "statement",
    [
        "select * from intake.touched_keys",
        "insert into intake.touched_keys (key_column, transaction_id) values ('patient_id', 1)",
        "delete from intake.touched_keys",
    ],
)
def test_nobody_else_reads_or_writes_announcements(
    connection: Connection, role: str, statement: str
) -> None:
    """They say which patients there are; who deletes one leaves a table behind."""
    # As if the schema were open: the table itself refuses.
    connection.execute(f"grant usage on schema intake to {role}".encode())
    connection.execute(f"set local role {role}".encode())
    with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
        connection.execute(statement.encode())
    connection.rollback()


def test_the_pipeline_adds_reads_and_clears_announcements(connection: Connection) -> None:
    """It changes none."""
    found = connection.execute(
        "select privilege_type from pg_class, aclexplode(relacl) "
        "where oid = 'intake.touched_keys'::regclass and grantee = 'journey_pipeline'::regrole "
        "order by 1"
    ).fetchall()
    assert found == [("DELETE",), ("INSERT",), ("SELECT",)]


def test_all_keys_can_be_announced(connection: Connection) -> None:
    """A key of NULL, as often as somebody announces it."""
    connection.execute("set local role journey_pipeline")
    for _ in range(2):
        connection.execute(
            "insert into intake.touched_keys (key_column, transaction_id) values ('patient_id', 1)"
        )
    found = connection.execute("select key from intake.touched_keys").fetchall()
    assert found == [(None,), (None,)]
    connection.rollback()
