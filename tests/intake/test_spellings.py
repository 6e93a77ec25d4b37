"""What a cell means to `journey load` is what it means to a reference made from the page alone."""

# Without a description only ISO is taken: what else is spelled may be rejected, never stored.

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import get_args
from uuid import UUID

import pytest

from cells import COLUMNS, PATIENT, PRACTITIONER, SESSION, Column, anything, disagreements, exactly
from database import Connection
from reference_values import REJECTED, Kind, value_of
from spellings import MISSING, key_spellings, mutated, spellings


def test_the_spellings_are_many() -> None:
    """At least 2,000 pairs of type and spelling; of each type some are taken and some are not."""
    pairs = {(kind, spelling) for kind in get_args(Kind) for spelling in spellings(kind)}
    assert len(pairs) >= 2_000
    taken = Counter(kind for kind, spelling in pairs if value_of(kind, spelling) is not REJECTED)
    rejected = Counter(kind for kind, spelling in pairs if value_of(kind, spelling) is REJECTED)
    for kind in ("date", "timestamp", "integer"):
        assert taken[kind] >= 150
        assert rejected[kind] >= 250
    assert min(taken[kind] for kind in get_args(Kind)) >= 50
    assert min(rejected[kind] for kind in get_args(Kind)) >= 5
    assert min(rejected[kind] for kind in ("boolean", "key", "text")) >= 40


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: f"{column.table}.{column.name}")
def test_what_is_stored_is_what_is_written(
    connection: Connection, tmp_path: Path, column: Column
) -> None:
    """Each cell is stored with the value that the page gives it, or its row is rejected."""
    said = disagreements(connection, tmp_path, column, spellings(column.kind))
    assert not said, "\n".join([f"{len(said)} spellings:", *said])


@pytest.mark.parametrize("table", ["log_pulse_checks", "log_integration_sessions"])
def test_the_time_that_a_row_was_written(
    connection: Connection, tmp_path: Path, table: str
) -> None:
    """`created_at` is read like any timestamp."""
    column = Column(table, "created_at", "timestamp", anything)
    said = disagreements(
        connection, tmp_path, column, [text for text in spellings("timestamp") if text.strip()]
    )
    assert not said, "\n".join([f"{len(said)} spellings:", *said])


@pytest.mark.parametrize(
    ("name", "key"),
    [("session_id", SESSION), ("patient_id", PATIENT), ("practitioner_id", PRACTITIONER)],
)
def test_a_row_finds_its_session(
    connection: Connection, tmp_path: Path, name: str, key: UUID
) -> None:
    """However the key of a session, a patient or a practitioner is spelled, it is that key."""
    random = Random(f"keys of {name}")
    texts = [*MISSING, *key_spellings(random, key), *key_spellings(random, UUID(int=7))]
    texts += [mutated(random, text) for text in (str(key), str(key).upper()) for _ in range(40)]
    column = Column("log_pulse_checks", name, "key", exactly(key))
    said = disagreements(connection, tmp_path, column, sorted(set(texts)))
    assert not said, "\n".join([f"{len(said)} spellings:", *said])


def test_python_reads_the_same_moments() -> None:
    """What the reference takes for a day or a time, Python's own reader takes for the same."""
    for text in spellings("timestamp"):
        value = value_of("timestamp", text)
        if isinstance(value, datetime):
            read = datetime.fromisoformat(text.strip())
            assert value == (read if read.tzinfo else read.replace(tzinfo=UTC)), text
