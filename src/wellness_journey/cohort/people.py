"""Who the invented people are: when they were dosed, by whom, and how they fare.

Person `index` of a seed is the same in a cohort of any size and on any machine: each has a
random stream of their own, and floats only meet + - * / (exp or log may differ in the last bit).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from wellness_journey.cohort.phrases import HABITS

SEED_AS_OF = date(2025, 12, 31)
MEASURES = 4

# Every 16th session is the second one of the person before it.
_RETURN_EVERY = 16
_LAST_AGE = 455


@dataclass(frozen=True)
class Frame:
    """Whose session it is and when; `age` is in days before `SEED_AS_OF`."""

    practitioner: str
    patient: str
    session: str
    age: int
    next_session_after: int | None

    def date(self, day: int) -> date:
        """The day of the calendar that is `day` days after the session."""
        return SEED_AS_OF - timedelta(self.age - day)

    def at(self, day: int, hour: int, minute: int) -> str:
        """A time of that day, as PostgreSQL reads it."""
        return f"{self.date(day)} {hour:02}:{minute:02}:00+00"


@dataclass(frozen=True)
class Course:
    """How a person fares. Levels are points of a 1-5 score; days count from the session."""

    response: float
    starts_at: tuple[float, ...]
    afterglow: float
    dip_day: int
    dip_depth: float
    adherence: list[float]
    habit: tuple[str, str, str] | None
    habit_lift: float
    habit_weeks: frozenset[int]
    baselines: tuple[float, ...]


def practitioner_count(sessions: int) -> int:
    """Practitioners of a cohort of that many sessions."""
    return max(3, sessions // 33)


def stream(seed: int, of: object) -> random.Random:
    """The random numbers of one person or practitioner."""
    return random.Random(f"{seed}:{of}")  # noqa: S311, nothing here is to be kept secret


def practitioner(seed: int, index: int) -> str:
    """The practitioner's key."""
    return key(stream(seed, f"practitioner:{index}"))


def make_frame(rng: random.Random, seed: int, index: int) -> Frame:
    """Session `index`, drawn from the beginning of its own stream."""
    session, patient = key(rng), key(rng)
    # Practitioners join as the cohort grows, and the newest gets more of the new people.
    there = practitioner_count(index + 1)
    chosen = there - 1 if rng.random() < 0.2 else rng.randrange(there)
    age, gap = _age(rng, index), None
    if index % _RETURN_EVERY == 7:
        age = 280 + rng.randrange(_LAST_AGE - 279)
        gap = 60 + rng.randrange(age - 120)
    if index % _RETURN_EVERY == 8:
        first = make_frame(stream(seed, index - 1), seed, index - 1)
        return Frame(
            first.practitioner,
            first.patient,
            session,
            first.age - (first.next_session_after or 0),
            None,
        )
    return Frame(practitioner(seed, chosen), patient, session, age, gap)


def _age(rng: random.Random, index: int) -> int:
    drawn = rng.randrange(180) if rng.random() < 0.19 else 181 + rng.randrange(_LAST_AGE - 180)
    # One dosed yesterday, one on the last day, one over 400 days ago: in every cohort.
    return {1: 1, 2: 0, 3: 430}.get(index, drawn)


def make_course(rng: random.Random, days: int) -> Course:
    """How somebody fares over `days` days."""
    drawn = rng.random()
    if drawn < 0.68:
        response = 0.35 + 0.45 * rng.random()
    elif drawn < 0.87:
        response = 0.3 * rng.random()
    else:
        response = -0.1 - 0.55 * rng.random()
    level = 2.2 + 1.1 * rng.random()
    has_habit = rng.random() < 0.14
    return Course(
        response=response,
        starts_at=tuple(level + 0.8 * (rng.random() - 0.5) for _ in range(MEASURES)),
        afterglow=0.3 + 0.9 * rng.random(),
        dip_day=45 + rng.randrange(100) if rng.random() < 0.1 else days + 1,
        dip_depth=0.9 + 0.7 * rng.random(),
        adherence=_adherence(rng, days),
        habit=HABITS[rng.randrange(len(HABITS))] if has_habit else None,
        habit_lift=0.7 if rng.random() < 0.6 else 0.0,
        habit_weeks=frozenset(week for week in range(days // 7 + 1) if rng.random() < 0.5),
        baselines=(
            (10 if rng.random() < 0.85 else 5) + 12 * rng.random(),
            (8 if rng.random() < 0.85 else 4) + 10 * rng.random(),
            32 + 30 * rng.random(),
            6 + 10 * rng.random(),
        ),
    )


def _adherence(rng: random.Random, days: int) -> list[float]:
    """Chance of a pulse check by day, before the weekday is looked at."""
    chance = 0.84 + 0.14 * rng.random()
    kind = rng.random()
    if kind < 0.3:
        kept = 0.9992 + 0.0006 * rng.random()
    elif kind < 0.75:
        kept = 0.9955 + 0.003 * rng.random()
    else:
        kept = 0.980 + 0.013 * rng.random()
    stops = 10 + rng.randrange(160) if rng.random() < 0.2 else days + 1
    away = 14 + rng.randrange(150) if rng.random() < 0.15 else days + 1
    back = away + 7 + rng.randrange(14)
    chances = []
    for day in range(days + 1):
        chances.append(0.0 if day >= stops or away <= day < back else chance)
        chance = max(0.12, chance * kept)
    return chances


def noise(rng: random.Random) -> float:
    """About normal, mean 0, standard deviation 1, from sums alone."""
    return 1.7320508 * (rng.random() + rng.random() + rng.random() + rng.random() - 2.0)


def key(rng: random.Random) -> str:
    """A version 4 UUID."""
    digits = f"{rng.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
