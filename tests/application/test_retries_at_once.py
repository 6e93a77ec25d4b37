"""Two requests at once: real connections that wait for each other, seen waiting, never timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from actors import Clinic, running
from database import Connection
from postgrest import Answer, Client
from rows import Session
from scenes import KEYS, Scene, staged
from wellness_journey.database.settings import Target

Ask = Callable[[Client, str, dict[str, str]], Answer]
CALLS: dict[str, Ask] = {
    "insert": lambda client, table, row: client.insert(table, row),
    "ignore": lambda client, table, row: client.upsert(table, row, ignore_duplicates=True),
    "merge": lambda client, table, row: client.upsert(table, row),
}
# By table: merging is for integration sessions alone.
EACH = [
    (table, call) for table in KEYS for call in CALLS if "integration" in table or call != "merge"
]
each_call = pytest.mark.parametrize(("table", "call"), EACH)


@pytest.fixture(scope="module")
def clinic(embedded: Target) -> Iterator[Clinic]:
    """Tables of an owner who is not a superuser, and the API's login."""
    with running(embedded) as clinic:
        yield clinic


@pytest.fixture
def scene(clinic: Clinic, table: str) -> Iterator[Scene]:
    """The table that a test names."""
    with staged(clinic, table) as scene:
        yield scene


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for requests that wait."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


def waits(superuser: Connection, client: Client, request: Future[Answer]) -> bool:
    """Whether `request` waits for a lock in the end, and does not answer."""
    pid = client.connection.info.backend_pid
    while not request.done():
        found = superuser.execute("select cardinality(pg_blocking_pids(%s)) > 0", (pid,)).fetchone()
        if found == (True,):
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("ends", ["commits", "rolls back"])
@each_call
def test_two_practitioners_with_one_key(
    scene: Scene, pool: ThreadPoolExecutor, call: str, ends: str
) -> None:
    """The second waits; it stores its row only if the first does not, and changes no other's."""
    of_b = scene.row(scene.of_b)
    mine = scene.row(**{scene.key: of_b[scene.key]})
    with scene.b.connection.transaction(force_rollback=ends == "rolls back"):
        assert scene.b.insert(scene.table, of_b).status == 201
        request = pool.submit(CALLS[call], scene.a, scene.table, mine)
        assert waits(scene.superuser, scene.a, request)
    answer = request.result()
    kept = scene.b.select(scene.table, scene.of(of_b)).rows
    own = scene.a.select(scene.table, scene.of(mine)).rows
    if ends == "rolls back":
        assert (answer.status, kept, own) == (201, [], answer.rows)
    else:
        told = {"insert": (409, "23505"), "ignore": (201, ""), "merge": (403, "42501")}[call]
        assert (answer.status, answer.code) == told
        assert (len(kept), answer.rows, own) == (1, [], [])


@each_call
def test_one_practitioner_twice(scene: Scene, pool: ThreadPoolExecutor, call: str) -> None:
    """A retry that overtakes the end of the first attempt stores nothing a second time."""
    row = scene.row()
    with scene.server.connection.transaction():
        # The first attempt is still open: the same practitioner on another connection.
        first = replace(scene.a, connection=scene.server.connection)
        assert CALLS[call](first, scene.table, row).status == 201
        request = pool.submit(CALLS[call], scene.a, scene.table, row)
        assert waits(scene.superuser, scene.a, request)
    answer = request.result()
    told = {"insert": (409, "23505", 0), "ignore": (201, "", 0), "merge": (200, "", 1)}[call]
    assert (answer.status, answer.code, len(answer.rows)) == told
    assert len(scene.a.select(scene.table, scene.of(row)).rows) == 1


@each_call
def test_the_session_is_deleted_meanwhile(
    scene: Scene, pool: ThreadPoolExecutor, call: str
) -> None:
    """A row that is sent while its dosing session goes is not stored; nor is it later."""
    row = scene.stored(scene.row())
    session = ("session_id", row["session_id"])
    with scene.server.connection.transaction():
        assert len(scene.server.delete("log_sessions", session).rows) == 1
        request = pool.submit(CALLS[call], scene.a, scene.table, row)
        assert waits(scene.superuser, scene.a, request)
    answer = request.result()
    assert (answer.status, answer.code) == (409, "23503")
    later = CALLS[call](scene.a, scene.table, row)
    assert (later.status, later.code) == (403, "42501")
    assert scene.a.select(scene.table, scene.of(row)).rows == []


@pytest.mark.parametrize("table", ["log_integration_sessions"])
def test_the_row_stays_until_its_conflict_is_seen(scene: Scene, pool: ThreadPoolExecutor) -> None:
    """Between guard and conflict the stored row cannot go: else its created_at, sent with the same
    key for another session, would be stored for a new row."""
    row = scene.stored(scene.row())
    other = Session(3_000_000 + int(scene.session.session_id) % 1_000_000).create(scene.superuser)
    moved = row | {name: str(value) for name, value in other.owner.items()}
    # After the guard, by its name: holds each insert until the test lets go.
    scene.superuser.execute(
        """
        create function public.held() returns trigger language plpgsql as $$
        begin
            perform pg_advisory_xact_lock(16);
            return new;
        end
        $$;
        create trigger zz_held before insert on public.log_integration_sessions
        for each row execute function public.held()
        """
    )
    scene.superuser.execute("select pg_advisory_lock(16)")
    try:
        request = pool.submit(scene.a.upsert, scene.table, moved)
        assert waits(scene.superuser, scene.a, request)
        session = ("session_id", row["session_id"])
        deletion = pool.submit(scene.server.delete, "log_sessions", session)
        # Over at once where nothing keeps the row.
        waits(scene.superuser, scene.server, deletion)
    finally:
        scene.superuser.execute("select pg_advisory_unlock(16)")
        answers = request.result(), deletion.result()
        scene.superuser.execute("drop function public.held() cascade")
    assert [(answer.status, answer.code) for answer in answers] == [(403, "42501"), (200, "")]
    assert scene.a.select(scene.table, scene.of(row)).rows == []
