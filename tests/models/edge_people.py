"""People at the edges, all in one database."""

# Built at one day of reference, at an earlier one, and at one that lies ahead of the clock.

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from builds import build
from database import Connection
from rows import Session
from wellness_journey.database.settings import Target

AS_OF = date(2025, 10, 31)


class Person(Session):
    """Somebody dosed so many days before `AS_OF`; rows are told by days after that."""

    def __init__(self, number: int, dosed: int, patient: int | None = None):
        super().__init__(number, patient=patient)
        self.day_0 = AS_OF - timedelta(days=dosed)

    def on(self, offset: int) -> date:
        return self.day_0 + timedelta(days=offset)

    def answers(self, connection: Connection, days: Iterable[int], *scores: int | None) -> None:
        """Connection, sleep, mood and energy, alike on each of `days`."""
        columns = ("connection_level", "sleep_quality", "mood_level", "energy_level")
        for offset in days:
            values = dict(zip(columns, scores, strict=True))
            self.pulse_check(connection, check_date=self.on(offset), **values)

    def phq9(self, connection: Connection, **scores: int) -> None:
        """PHQ-9 scores: `before=20` on the day before the session, `day_30=8` on day 30."""
        for when, score in scores.items():
            offset = -1 if when == "before" else int(when.removeprefix("day_"))
            self.integration_session(
                connection, "PHQ9_ASSESSMENT", session_date=self.on(offset), phq9_score=score
            )


NO_ROW = Person(1, dosed=100)

BASELINE = Person(2, dosed=100)

YESTERDAY = Person(3, dosed=1)

LONG_AGO = Person(4, dosed=400)

FIRST, SECOND = Person(5, dosed=120), Person(6, dosed=60, patient=5)

TWICE = Person(7, dosed=30)

NO_SLEEP = Person(8, dosed=40)

AND_LATER = Person(9, dosed=10)

TOMORROW = Person(10, dosed=-1)

CROWD = [Person(number, dosed=150) for number in range(11, 21)]

EVERYBODY = [
    *(NO_ROW, BASELINE, YESTERDAY, LONG_AGO, FIRST, SECOND, TWICE, NO_SLEEP, AND_LATER, TOMORROW),
    *CROWD,
]


def fill(connection: Connection) -> None:
    for person in EVERYBODY:
        person.create(connection, person.day_0)
    BASELINE.answers(connection, [-1], 5, 5, 5, 5)
    BASELINE.phq9(connection, before=14)
    YESTERDAY.answers(connection, [1], 4, 4, 4, 4)
    LONG_AGO.answers(connection, [*range(1, 182), 200], 5, 5, 5, 5)
    FIRST.answers(connection, range(120), 2, 2, 2, 2)
    FIRST.phq9(connection, before=20, day_30=8, day_90=10)
    SECOND.answers(connection, range(60), 4, 4, 4, 4)
    SECOND.phq9(connection, before=12, day_30=11)
    TWICE.answers(connection, range(1, 21), 4, 4, 4, 3)
    TWICE.answers(connection, range(1, 21), 1, None, None, 1)
    NO_SLEEP.answers(connection, range(1, 41), 3, None, 3, 4)
    AND_LATER.answers(connection, range(1, 16), 3, 3, 3, 3)
    AND_LATER.change(connection, change_date=AND_LATER.on(12))
    AND_LATER.phq9(connection, day_11=9)
    for person in CROWD:
        person.answers(connection, [1, 30, 50], 3, 3, 3, 3)
        person.phq9(connection, before=15, day_30=7)


def built_at(target: Target, as_of: date) -> Target:
    built = build(target, as_of)
    assert built.not_built == ()
    assert not built.tests.get("fail")
    return target


def of(person: Person, connection: Connection, query: str) -> list[tuple[Any, ...]]:
    """The rows of `query` that are of `person`."""
    where = " and " if " where " in query else " where "
    return connection.execute(
        f"{query}{where}session_id = %s".encode(), (person.session_id,)
    ).fetchall()


def compliance(person: Person, connection: Connection, columns: str, window: int = 180) -> Any:
    query = f"select {columns} from marts.fct_session_compliance where window_days = {window}"
    (row,) = of(person, connection, query)
    return row


def trend(person: Person, connection: Connection, metric: str) -> Any:
    (row,) = of(
        person,
        connection,
        "select observed_days, slope_per_30_days, first_30_days_mean, last_30_days_mean "
        f"from marts.fct_session_trends where metric = '{metric}'",
    )
    return row
