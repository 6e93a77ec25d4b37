"""Whoever reads while a run goes on sees each table as one run left it, whole."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from database import Connection
from increments import TODAY, Known, one, whole
from nightly import NIGHTLY, in_nightly
from readers import reading, shown
from wellness_journey.database.settings import Target

BOTH = ("read committed", "repeatable read")
RUNS = 10 if NIGHTLY else 1


@in_nightly
def test_readers_of_daily_runs_see_whole_tables(target: Target, database: Connection) -> None:
    """Each day with new rows: no statement fails, waits or sees a table empty or in part, in
    whatever isolation, and no table is another one afterwards. One run in `make test`, ten with
    HYPOTHESIS_PROFILE=nightly."""
    states = [shown(database)]
    tables = "select array_agg(oid order by oid) from pg_class where relkind = 'r'"
    before = one(database, tables)
    with reading(target, [*states[0]], *BOTH) as readers:
        for number in range(RUNS):
            Known(database).check(database, number)
            whole(target, TODAY + timedelta(days=number + 1))
            states.append(shown(database))
    for earlier, later in pairwise(states):
        for table in ("marts.dim_sessions", "marts.fct_pulse_days"):
            assert earlier[table] != later[table]
    for reader in readers:
        assert reader.rounds > RUNS
        assert reader.wrong(states) == []
    assert one(database, tables) == before


@in_nightly
def test_readers_of_a_full_refresh_see_whole_tables(target: Target, database: Connection) -> None:
    """Every table is swapped for another one: in the default isolation nobody notices."""
    states = [shown(database)]
    Known(database).check(database, 0)
    with reading(target, [*states[0]], "read committed") as readers:
        whole(target, TODAY, "--full-refresh")
    states.append(shown(database))
    for reader in readers:
        assert reader.rounds > 1
        assert reader.wrong(states) == []


def test_a_run_does_not_wait_for_who_reads(target: Target, database: Connection) -> None:
    """Somebody who keeps every table open is in nobody's way, and sees what there was."""
    with database.transaction():
        before = shown(database)
        whole(target, TODAY + timedelta(days=1))
    assert shown(database) != before
