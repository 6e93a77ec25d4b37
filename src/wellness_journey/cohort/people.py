"""Who the invented people are: when they were dosed, by whom, and how they fare.

Session `index` of a seed is the same in a cohort of any size and on any machine: each patient and
each session has a random stream of its own. Of floats, only `exp` and the normal quantile in
`courses.py` may differ in the last bit, which changes a rounded answer once in some 10^13.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from wellness_journey.cohort.courses import POINTS_PER_SD, Fall, Person, drop, make_person, slide
from wellness_journey.cohort.phrases import HABITS

SEED_AS_OF = date(2025, 12, 31)

# Dosing sessions of one patient after the other, over and over: protocols have two or three.
_SESSIONS_OF_PATIENTS = (1, 1, 1, 3, 2, 2, 3, 2, 2, 3)
_LAST_AGE = 455
# A point lost in the diary takes back so much of a baseline score.
_SCORE_PER_POINT = 0.7


@dataclass(frozen=True)
class Patient:
    """Who comes, to whom, how often, and how they fare; `ages` of sessions as in `Frame`."""

    patient: str
    practitioner: str
    ages: tuple[int, ...]
    person: Person
    course: str
    response: float
    is_declining: bool
    baselines: tuple[float, ...]
    diligence: float
    kept_a_day: float
    mean_gap_days: float


@dataclass(frozen=True)
class Frame:
    """Whose session it is and when; `age` is in days before `SEED_AS_OF`."""

    practitioner: str
    patient: str
    session: str
    age: int
    days_since_first_session: int
    next_session_after: int | None

    def date(self, day: int) -> date:
        """The day of the calendar that is `day` days after the session."""
        return SEED_AS_OF - timedelta(self.age - day)

    def at(self, day: int, hour: int, minute: int) -> str:
        """A time of that day, as PostgreSQL reads it."""
        return f"{self.date(day)} {hour:02}:{minute:02}:00+00"


@dataclass(frozen=True)
class Journey:
    """What befalls a patient after one session; days count from it."""

    patient: Patient
    fall: Fall | None
    adherence: list[float]
    habit: tuple[str, str, str] | None
    habit_lift: float
    habit_weeks: frozenset[int]

    def lift(self, day: int) -> float:
        """Points above the course, in weeks with the habit."""
        return self.habit_lift if day // 7 in self.habit_weeks else 0.0


def practitioner_count(sessions: int) -> int:
    """Practitioners of a cohort of that many sessions."""
    return max(3, sessions // 33)


def stream(seed: int, of: object) -> random.Random:
    """The random numbers of one session, patient or practitioner."""
    return random.Random(f"{seed}:{of}")  # noqa: S311, nothing here is to be kept secret


def practitioner(seed: int, index: int) -> str:
    """The practitioner's key."""
    return key(stream(seed, f"practitioner:{index}"))


def first_session(index: int) -> tuple[int, int]:
    """The first session of the patient of session `index`, and how many they have."""
    place = index % sum(_SESSIONS_OF_PATIENTS)
    starts = accumulate(_SESSIONS_OF_PATIENTS, initial=0)
    start, count = max(
        (start, count)
        for start, count in zip(starts, _SESSIONS_OF_PATIENTS, strict=False)
        if start <= place
    )
    return index - place + start, count


def make_patient(seed: int, first: int, count: int) -> Patient:
    """The patient whose `count` sessions begin with session `first`."""
    rng = stream(seed, f"patient:{first}")
    patient = key(rng)
    # Practitioners join as the cohort grows, and the newest gets more of the new people.
    there = practitioner_count(first + 1)
    chosen = there - 1 if rng.random() < 0.2 else rng.randrange(there)
    ages = _ages(rng, first, count)
    course, response, is_declining = _course(rng)
    return Patient(
        patient=patient,
        practitioner=practitioner(seed, chosen),
        ages=ages,
        person=make_person(rng),
        course=course,
        response=response,
        is_declining=is_declining,
        baselines=(
            (10 if rng.random() < 0.85 else 5) + 12 * rng.random(),
            (8 if rng.random() < 0.85 else 4) + 10 * rng.random(),
            32 + 30 * rng.random(),
            6 + 10 * rng.random(),
        ),
        diligence=0.7 + 0.26 * rng.random(),
        kept_a_day=_kept_a_day(rng),
        mean_gap_days=4.0 if rng.random() < 0.1 else 0.0,
    )


def _ages(rng: random.Random, first: int, count: int) -> tuple[int, ...]:
    """Of the sessions, the first one first: some weeks or some months apart."""
    is_close = rng.random() < 0.5
    gaps = [
        24 + rng.randrange(18) if is_close else 75 + rng.randrange(106) for _ in range(1, count)
    ]
    spare = _LAST_AGE - sum(gaps)
    if rng.random() < 0.2 or spare <= 181:
        last = rng.randrange(min(180, spare))
    else:
        last = 181 + rng.randrange(spare - 181)
    # One dosed yesterday, one on the last day, one over 400 days ago: in every cohort.
    last = {1: 1, 2: 0, 3: 430 - sum(gaps)}.get(first, last)
    return tuple(accumulate(reversed(gaps), initial=last))[::-1]


def _course(rng: random.Random) -> tuple[str, float, bool]:
    """The course of the diary; the part of the baseline scores that it takes away; a decline."""
    drawn = rng.random()
    if drawn < 0.62:
        return "recovery", 0.35 + 0.45 * rng.random(), False
    if drawn < 0.78:
        return "level", 0.3 * rng.random(), False
    if drawn < 0.9:
        return "fading", 0.2 + 0.4 * rng.random(), False
    return "level", 0.0, True


def make_frame(rng: random.Random, patient: Patient, place: int) -> Frame:
    """One of the patient's sessions, the first being 0."""
    age = patient.ages[place]
    return Frame(
        practitioner=patient.practitioner,
        patient=patient.patient,
        session=key(rng),
        age=age,
        days_since_first_session=patient.ages[0] - age,
        next_session_after=age - patient.ages[place + 1] if patient.ages[place + 1 :] else None,
    )


def make_journey(rng: random.Random, patient: Patient, days: int) -> Journey:
    """What befalls the patient over `days` days."""
    has_habit = rng.random() < 0.14
    return Journey(
        patient=patient,
        fall=_fall(rng, patient),
        adherence=_adherence(rng, patient, days),
        habit=HABITS[rng.randrange(len(HABITS))] if has_habit else None,
        habit_lift=0.7 if has_habit and rng.random() < 0.6 else 0.0,
        habit_weeks=frozenset(week for week in range(days // 7 + 1) if rng.random() < 0.5),
    )


def _fall(rng: random.Random, patient: Patient) -> Fall | None:
    if patient.is_declining:
        return Fall(1.0 + rng.random(), 5 + rng.randrange(60), over_days=56)
    drawn = rng.random()
    if drawn < 0.07:
        return drop(rng, 1.0 + rng.random())
    return slide(rng) if drawn < 0.1 else None


def gained(frame: Frame, journey: Journey, day: int) -> float:
    """The part of the baseline scores that is gone by that day, as the diary's course has it."""
    patient = journey.patient
    # A recovery goes on over several sessions, what fades begins anew.
    since = day if patient.course == "fading" else day + frame.days_since_first_session
    left, faded = 1.0, 1.0
    for _ in range(max(0, since)):
        left *= 0.95
        faded *= 0.975 if patient.course == "fading" else 1.0
    gain = patient.response * (1.0 - left) * faded
    if journey.fall is None:
        return gain
    # An assessment asks about the weeks before.
    fallen = sum(journey.fall.share(day - ago) for ago in range(28)) / 28
    lost = journey.fall.sds * POINTS_PER_SD * patient.person.scale * fallen
    return gain - _SCORE_PER_POINT * lost


def _kept_a_day(rng: random.Random) -> float:
    """What is left of a person's diligence from one day to the next."""
    kind = rng.random()
    if kind < 0.3:
        return 0.9992 + 0.0006 * rng.random()
    if kind < 0.75:
        return 0.9955 + 0.003 * rng.random()
    return 0.980 + 0.013 * rng.random()


def _adherence(rng: random.Random, patient: Patient, days: int) -> list[float]:
    """Share of days like this one that are answered, before the weekday is looked at."""
    stops = 10 + rng.randrange(160) if rng.random() < 0.2 else days + 1
    away = 14 + rng.randrange(150) if rng.random() < 0.15 else days + 1
    back = away + 7 + rng.randrange(14)
    chance, chances = patient.diligence, []
    for day in range(days + 1):
        chances.append(0.0 if day >= stops or away <= day < back else chance)
        chance = max(0.12, chance * patient.kept_a_day)
    return chances


def key(rng: random.Random) -> str:
    """A version 4 UUID."""
    digits = f"{rng.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
