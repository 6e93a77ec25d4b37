"""Drawn people who report changes in weeks enough to be tested: what an association meets."""

from __future__ import annotations

import math
import random
from datetime import timedelta

import rows
from database import Connection
from wellness_journey.cohort.seed import SEED_AS_OF

PEOPLE = 36
TYPES = ("RELATIONSHIP", "HABIT", "EMPLOYMENT", "HEALTH", "SOCIAL", "CREATIVE", "OTHER")


def fill(connection: Connection) -> None:
    """Gaps, missing answers, two sessions, effects, weeks that are alike, nothing at all."""
    with connection.transaction():
        for number in range(1, PEOPLE + 1):
            draw(connection, number)


def draw(connection: Connection, number: int) -> None:
    """A session's 190 days; every fourth is the second session of the person before."""
    rng = random.Random(number)
    patient = number - 1 if number % 4 == 0 else number
    session = rows.Session(number, patient=patient)
    first_day = SEED_AS_OF - timedelta(days=rng.choice((190, 190, 250, 89)))
    session.create(connection, first_day)
    habit, other = rng.sample(TYPES, 2)
    weeks = {kind: {week for week in range(28) if rng.random() < 0.5} for kind in (habit, other)}
    lift, trend = rng.choice((0, 0, 0.8, -1.5)), rng.choice((0, 2))
    answered, asked = rng.choice(((0.95, 1), (0.75, 0.9), (0.6, 1)))
    # Of some, weeks are alike in runs; of some, only every second or third week is answered.
    wave = 0.9 if number % 5 == 1 else 0
    if wave:
        weeks = {habit: {week for week in range(28) if week % 14 < 7}, other: weeks[other]}
    pauses = {6: (2, 1), 9: (3, 2)}.get(number % 10, (1, 1))
    metrics = ("connection_level", "sleep_quality", "mood_level", "energy_level")
    for day in range(min(190, (SEED_AS_OF - first_day).days) + 1):
        on = {"check_date": first_day + timedelta(days=day)}
        level = 2.2 + trend * day / 180 + lift * (day // 7 in weeks[habit])
        level += wave * math.sin(math.tau * day / 98)
        answers = {
            metric: min(5, max(1, round(level + rng.gauss(0, 0.7))))
            for metric in metrics
            if rng.random() < asked
        }
        # Some sleep is the same every day.
        if "sleep_quality" in answers and number % 5 == 0:
            answers["sleep_quality"] = 3
        is_paused = day // 7 % pauses[0] >= pauses[1]
        if answers and rng.random() < answered and not is_paused:
            session.pulse_check(connection, **({"mood_level": None} | answers | on))
        for kind, reported in weeks.items():
            if day // 7 in reported and rng.random() < 0.6:
                session.change(
                    connection,
                    kind,
                    change_date=on["check_date"],
                    change_sentiment=rng.choice(("POSITIVE", "NEGATIVE", "NEUTRAL")),
                )
