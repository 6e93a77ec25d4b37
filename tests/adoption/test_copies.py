"""The intake copies the sessions whose rows changed, as of one moment."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

import other_shape
from adopted import adopted, project, take_in
from checkout import Checkout
from database import Connection
from nightly import examples
from wellness_journey.adoption import adopt
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

NAMESPACE = uuid.UUID("9eceddb3-8b7d-5e4c-9b15-ea66e6933e16")
COPIES = ("log_sessions", "log_pulse_checks", "log_integration_sessions", "log_behavioral_changes")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that reads the schema wellness, whose types have codes of the clinic's."""
    checkout: Checkout = project(
        tmp_path_factory.mktemp("intake"),
        {
            "input_schema": other_shape.SCHEMA,
            "clinic_time_zone": "America/Los_Angeles",
            "codes": {"session_type": {"talk": "INTEGRATION_THERAPY"}},
        },
    )
    return checkout.root


@pytest.fixture(scope="module")
def template(copy_of: Callable[[str], Target], root: Path) -> str:
    """Name of an adopted database with two patients, to be copied."""
    target = copy_of("template0")
    with settings.connect(target, autocommit=True) as connection:
        other_shape.make(connection)
        connection.execute(
            """
            insert into app.dosings values
                (1, 10, 'Ana', '2025-03-01', '2025-03-01 10:00Z'),
                (2, 20, null, '2025-04-01', '2025-04-01 10:00Z');
            insert into app.checkins values
                (1, 1, 10, 'Ana', '2025-03-02', 3, 4, 5, null, 'words', '2025-03-02 20:00Z'),
                (2, 1, 10, 'Ana', '2025-03-03', 3, 4, 5, 1, 'words', '2025-03-03 20:00Z'),
                (3, 2, 20, null, '2025-04-02', 1, 2, 3, 4, null, '2025-04-02 20:00Z');
            insert into app.visits values
                (1, 1, 10, 'Ana', 1, '2025-03-05', 'talk', true, '2025-03-05 10:00Z');
            """
        )
    adopted(target, root, other_shape.SCHEMA)
    with settings.connect(target, autocommit=True) as connection:
        take_in(connection)
    return target.database


@pytest.fixture
def clinic(template: str, copy_of: Callable[[str], Target]) -> Iterator[Connection]:
    """An adopted database, taken in, as its owner."""
    with settings.connect(copy_of(template), autocommit=True) as connection:
        connection.execute("delete from intake.touched_sessions")
        yield connection


def key(kind: str, source: object) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"{kind} {source}")


def touched(connection: Connection) -> set[uuid.UUID]:
    rows = connection.execute("select distinct session_id from intake.touched_sessions")
    return {row[0] for row in rows}


@examples
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200))
def test_a_derived_key_is_a_version_5_uuid(shared_intake: Connection, text: str) -> None:
    """That of RFC 9562, as Python has it, of names of any length."""
    row = shared_intake.execute("select intake.derived_key('patient_id', %s)", (text,)).fetchone()
    assert row == (key("patient_id", text),)


@pytest.fixture(scope="module")
def shared_intake(template: str, copy_of: Callable[[str], Target]) -> Iterator[Connection]:
    """One adopted database for tests that write nothing."""
    with settings.connect(copy_of(template), autocommit=True) as connection:
        yield connection


def test_the_copies_hold_what_the_clinic_has(shared_intake: Connection) -> None:
    """Keys as UUIDs, the clinic's codes as ours, no text."""
    rows = shared_intake.execute(
        "select session_id, patient_id, practitioner_id, session_date::text "
        "from intake.log_sessions order by session_date"
    ).fetchall()
    assert rows == [
        (key("session_id", 1), key("patient_id", 10), key("practitioner_id", "Ana"), "2025-03-01"),
        (key("session_id", 2), key("patient_id", 20), None, "2025-04-01"),
    ]
    assert shared_intake.execute(
        "select session_type, completed from intake.log_integration_sessions"
    ).fetchall() == [("INTEGRATION_THERAPY", True)]
    assert not shared_intake.execute(
        "select from pg_attribute where attrelid = 'intake.log_pulse_checks'::regclass "
        "and attname = 'notes'"
    ).rowcount
    texts = shared_intake.execute("select t::text from intake.log_pulse_checks as t").fetchall()
    assert len(texts) == 3
    assert "words" not in str(texts)


def test_an_unchanged_session_is_not_copied_again(clinic: Connection) -> None:
    """Whatever the connection's settings are."""
    for setting in ("datestyle = 'German'", "timezone = 'Asia/Tokyo'", "extra_float_digits = -5"):
        clinic.execute(f"set {setting}".encode())
        take_in(clinic)
    assert touched(clinic) == set()


@pytest.mark.parametrize(
    ("change", "sessions"),
    [
        ("update app.checkins set mood = 1 where id = 1", {1}),
        ("insert into app.checkins (id, dosing, day) values (9, 2, '2025-04-09')", {2}),
        ("delete from app.checkins where id = 3", {2}),
        ("update app.checkins set dosing = 2 where id = 1", {1, 2}),
        ("update app.visits set kind = 'ring'", {1}),
        ("update app.dosings set therapist = 'Ben' where id = 2", {2}),
        ("update app.checkins set note = 'other words'", set()),
    ],
)
def test_a_change_touches_its_sessions(clinic: Connection, change: str, sessions: set[int]) -> None:
    """Those it was of, and those it is of; a text is no change."""
    clinic.execute(change.encode())
    take_in(clinic)
    assert touched(clinic) == {key("session_id", one) for one in sessions}


def test_rows_without_a_session_are_copied_and_noted(clinic: Connection) -> None:
    """Under the nil UUID: a table that counts them is built anew."""
    clinic.execute("insert into app.checkins (id, patient_no, day) values (9, 10, '2025-03-09')")
    take_in(clinic)
    assert touched(clinic) == {uuid.UUID(int=0)}
    count = "select count(*) from intake.log_pulse_checks where session_id is null"
    assert clinic.execute(count).fetchone() == (1,)
    clinic.execute("delete from app.checkins where id = 9")
    take_in(clinic)
    assert clinic.execute(count).fetchone() == (0,)


def test_a_deleted_person_leaves_nothing(clinic: Connection) -> None:
    """No copy, no checksum, no key."""
    clinic.execute("delete from app.checkins where patient_no = 20")
    clinic.execute("delete from app.dosings where patient_no = 20")
    take_in(clinic)
    gone = (key("session_id", 2), key("patient_id", 20))
    for table in (*COPIES, "keys", "fingerprints"):
        texts = str(clinic.execute(f"select t::text from intake.{table} as t".encode()).fetchall())
        assert not any(str(one) in texts for one in gone), table
    assert clinic.execute("select from intake.keys where source_key = '20'").rowcount == 0


def test_everything_can_be_copied_again(clinic: Connection) -> None:
    """Copies that somebody changed by hand are mended."""
    before = clinic.execute(
        "select t::text from intake.log_pulse_checks as t order by 1"
    ).fetchall()
    clinic.execute("update intake.log_pulse_checks set mood_level = 1")
    take_in(clinic)
    clinic.execute("begin isolation level repeatable read")
    clinic.execute("select intake.take_in(true)")
    clinic.execute("commit")
    after = clinic.execute("select t::text from intake.log_pulse_checks as t order by 1").fetchall()
    assert after == before


def test_one_moment_is_read(clinic: Connection) -> None:
    """Outside repeatable read each relation would be read as of a moment of its own."""
    with pytest.raises(psycopg.errors.RaiseException, match="repeatable read"):
        clinic.execute("select intake.take_in()")


def test_rows_are_counted_past_row_level_security(clinic: Connection) -> None:
    """What a policy hides from the pipeline is missing in the copies and not in the count."""
    clinic.execute("alter view wellness.log_pulse_checks set (security_invoker = true)")
    clinic.execute("grant usage on schema app to journey_pipeline")
    clinic.execute("grant select on app.checkins to journey_pipeline")
    clinic.execute("alter table app.checkins enable row level security")
    clinic.execute("create policy own on app.checkins using (dosing = 1)")
    take_in(clinic)
    assert clinic.execute("select count(*) from intake.log_pulse_checks").fetchone() == (2,)
    assert clinic.execute("select intake.count_rows('log_pulse_checks')").fetchone() == (3,)


def test_an_instant_has_its_day_at_the_clinic(clinic: Connection, root: Path) -> None:
    """An evening in California is not tomorrow."""
    clinic.execute("drop view wellness.log_pulse_checks")
    clinic.execute(
        other_shape.VIEWS[other_shape.VIEWS.index("create view wellness.log_pulse_checks") :]
        .split(";")[0]
        .replace("day as check_date", "created as check_date")
        .encode()
    )
    clinic.execute("grant select on wellness.log_pulse_checks to journey_pipeline")
    clinic.execute("update app.checkins set created = '2025-03-03 06:00Z' where id = 2")
    # The code was made for a date; an instant is read in another way.
    adopt.adopt(clinic, root, other_shape.SCHEMA)
    take_in(clinic)
    day = clinic.execute(
        "select check_date::text from intake.log_pulse_checks "
        "where created_at = '2025-03-03 06:00Z'"
    ).fetchone()
    assert day == ("2025-03-02",)
