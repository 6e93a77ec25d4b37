"""Readers who ask all the time while runs go on, one statement after the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from database import Connection
from wellness_journey.database import settings
from wellness_journey.database.settings import Target

# Of a relation its rows, as one value; two of the same value hold the same rows.
WHOLE = (
    "select count(*) || ' rows ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '')"
)
RELATIONS = """
    select c.oid::regclass::text from pg_class as c
    where c.relkind in ('r', 'v', 'm', 'p') and c.relname !~ '__dbt'
        and c.relnamespace = any('{marts, published}'::regnamespace[])
    order by 1
"""


def shown(connection: Connection) -> dict[str, str]:
    """What each table of marts and published holds."""
    names = [name for (name,) in connection.execute(RELATIONS.encode()).fetchall()]
    return {name: _whole(connection, name) for name in names}


def _whole(connection: Connection, name: str) -> str:
    row = connection.execute(f"{WHOLE} from {name} as t".encode()).fetchone()
    assert row
    return str(row[0])


@dataclass
class Readers:
    """What was read of each table while it went on, and what was refused."""

    target: Target
    relations: Sequence[str]
    isolation: str
    seen: dict[str, set[str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    rounds: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        role = "journey_restricted"
        with settings.connect(self.target, role=role, autocommit=True, name="reader") as reader:
            reader.execute(f"set default_transaction_isolation = '{self.isolation}'".encode())
            while not self.stopped.is_set():
                for name in self.relations:
                    try:
                        self.seen.setdefault(name, set()).add(_whole(reader, name))
                    except psycopg.Error as error:
                        self.refused.append(f"{name}: {type(error).__name__}")
                self.rounds += 1

    def wrong(self, states: Sequence[dict[str, str]]) -> list[str]:
        """Where somebody saw what no run had left, or nothing."""
        return self.refused + [
            f"{name}: {value.partition(' rows')[0]} rows in {self.isolation}, as no run left it"
            for name, values in self.seen.items()
            for value in sorted(values - {state[name] for state in states})
        ]


@contextmanager
def reading(target: Target, relations: Sequence[str], *isolations: str) -> Iterator[list[Readers]]:
    """Two readers in each isolation, the second from the last table to the first."""
    readers = [
        Readers(target, order, isolation)
        for isolation in isolations
        for order in (relations, relations[::-1])
    ]
    threads = [threading.Thread(target=reader.read) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        yield readers
    finally:
        for reader in readers:
            reader.stopped.set()
        for thread in threads:
            thread.join()
