"""`journey seed`: the same invented people everywhere, and like life."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from typing import Any, NamedTuple, NoReturn

import psycopg
import pytest
from psycopg import sql

from wellness_journey.cohort import diaries
from wellness_journey.cohort import people as cohort_people
from wellness_journey.cohort import phrases as cohort_phrases
from wellness_journey.cohort.seed import SEED_AS_OF, SeedResult, seed
from wellness_journey.database.settings import Target, connect
from wellness_journey.errors import BusyError, JourneyError, UsageError

Connection = psycopg.Connection[Any]

TABLES = ("auth.users", *(f"public.{name}" for name in diaries.COLUMNS))


class Check(NamedTuple):
    """One pulse check of the plausibility tests."""

    person: int
    day: int
    answers: tuple[int | None, ...]
    is_weekend: bool
    days_late: int


class Assessment(NamedTuple):
    """One completed assessment of the plausibility tests."""

    person: int
    day: int
    kind: str
    score: int


@cache
def people(sessions: int = 400, days: int = 180) -> list[dict[str, list[dict[str, Any]]]]:
    """The default cohort, each row as a dictionary."""
    return [
        {
            table: [dict(zip(diaries.COLUMNS[table].split(", "), row, strict=True)) for row in rows]
            for table, rows in diaries.person(1, index, days).items()
        }
        for index in range(sessions)
    ]


def session_day(index: int) -> date:
    [session] = people()[index]["log_sessions"]
    made: date = session["session_date"]
    return made


@cache
def checks() -> list[Check]:
    made = []
    for index, person in enumerate(people()):
        for row in person["log_pulse_checks"]:
            day = row["check_date"]
            made.append(
                Check(
                    index,
                    (day - session_day(index)).days,
                    tuple(
                        row[f"{name}_{kind}"]
                        for name, kind in (
                            ("connection", "level"),
                            ("sleep", "quality"),
                            ("mood", "level"),
                            ("energy", "level"),
                        )
                    ),
                    day.weekday() >= 5,
                    (date.fromisoformat(row["created_at"][:10]) - day).days,
                )
            )
    return made


@cache
def assessments() -> list[Assessment]:
    made = []
    for index, person in enumerate(people()):
        for row in person["log_integration_sessions"]:
            for name, kind in (
                ("phq9", "PHQ9_ASSESSMENT"),
                ("gad7", "GAD7_ASSESSMENT"),
                ("whoqol_bref", "WHOQOL_BREF"),
                ("psqi", "PSQI_ASSESSMENT"),
            ):
                if row[f"{name}_score"] is not None:
                    day = row["session_date"] - session_day(index)
                    made.append(Assessment(index, day.days, kind, row[f"{name}_score"]))
                    assert row["session_type"] == kind
    return made


def mean(values: list[int]) -> float:
    return sum(values) / len(values)


def moods(first: int, last: int) -> list[int]:
    return [c.answers[2] for c in checks() if first <= c.day <= last and c.answers[2] is not None]


def dump(database: Connection, *, sessions: int | None = None) -> dict[str, list[Any]]:
    """All rows as text in a total order; with `sessions`, those of the first ones only."""
    keys = [diaries.person(1, index, 60)["log_sessions"][0][0] for index in range(sessions or 0)]
    rows = {}
    for name in TABLES:
        query = sql.SQL("select t::text from {} as t {} order by 1").format(
            sql.Identifier(*name.split(".")),
            sql.SQL("where session_id = any(%(keys)s::uuid[])" if sessions else ""),
        )
        if not sessions or name != "auth.users":
            rows[name] = database.execute(query, {"keys": keys}).fetchall()
    return rows


def clear(database: Connection) -> None:
    database.execute("delete from public.log_sessions")
    database.execute("delete from auth.users")
    database.execute("delete from quality.synthetic_cohort")


# The same everywhere -------------------------------------------------------------------------


def test_bytes_are_fixed() -> None:
    """Seed 1 is these very rows, on any machine, Python and day.

    If the generator is changed on purpose, the new digest goes here.
    """
    digest = hashlib.sha256()
    for index in range(40):
        for table, rows in diaries.person(1, index, 180).items():
            for row in rows:
                digest.update("|".join(map(str, (table, *row))).encode())
    assert digest.hexdigest() == (
        "d0bce9a7ca607e3252e1ee3c20efa1336ccc9dd8a932f32a750b38678cde3fff"
    )


def test_same_arguments_same_rows(database: Connection) -> None:
    """Two databases seeded alike are equal, row for row and column for column."""
    seed(database, sessions=30, days=60)
    first = dump(database)
    clear(database)
    database.execute("set timezone = 'Pacific/Auckland'")
    database.execute("set datestyle = 'SQL, DMY'")
    seed(database, sessions=30, days=60)
    database.execute("reset timezone")
    database.execute("reset datestyle")
    assert dump(database) == first


def test_sessions_begin_at_midnight_utc_where_they_have_a_time(database: Connection) -> None:
    """Where session_date is a timestamptz, its day is the UTC day whatever the caller's zone."""
    database.execute("alter table public.log_sessions alter column session_date type timestamptz")
    database.execute("set timezone = 'Pacific/Auckland'")
    seed(database, sessions=5, days=30)
    assert database.execute(
        "select session_id::text, (session_date at time zone 'UTC')::text from public.log_sessions"
    ).fetchall() == [
        (row[0], f"{row[3]} 00:00:00")
        for index in range(5)
        for row in diaries.person(1, index, 30)["log_sessions"]
    ]


def test_a_person_does_not_depend_on_the_cohort(database: Connection) -> None:
    """Person i is the same in a cohort of 20, of 40 and of 140."""
    seed(database, sessions=20, days=60)
    small = dump(database, sessions=20)
    for sessions in (40, 140):
        clear(database)
        seed(database, sessions=sessions, days=60)
        assert dump(database, sessions=20) == small


def test_another_seed_is_another_cohort() -> None:
    """No key of one seed occurs in another."""
    keys = [
        {
            str(row[0])
            for i in range(20)
            for rows in diaries.person(s, i, 30).values()
            for row in rows
        }
        for s in (1, 2)
    ]
    assert keys[0].isdisjoint(keys[1])


def test_a_second_seed_does_nothing(database: Connection) -> None:
    """The same arguments again leave the database as it is and say so."""
    counts = {
        "auth_users": 3,
        "log_sessions": 5,
        **{
            table: sum(len(diaries.person(7, index, 30)[table]) for index in range(5))
            for table in diaries.COLUMNS
            if table != "log_sessions"
        },
    }
    said: list[str] = []
    assert seed(database, sessions=5, days=30, seed=7, progress=said.append) == SeedResult(
        counts, date(2025, 12, 31), False
    )
    assert said == ["seed     5 of 5 sessions, 100 %"]
    before = dump(database)
    assert seed(database, sessions=5, days=30, seed=7) == SeedResult(counts, SEED_AS_OF, True)
    assert dump(database) == before
    assert database.execute(
        "select seed, sessions, days, as_of from quality.synthetic_cohort"
    ).fetchall() == [(7, 5, 30, SEED_AS_OF)]


# What is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("other", [{"seed": 2}, {"sessions": 4}, {"days": 31}])
def test_one_cohort_a_database(database: Connection, other: dict[str, Any]) -> None:
    """Another cohort's database is refused; the message says where to go instead."""
    arguments: dict[str, Any] = {"seed": 1, "sessions": 3, "days": 30}
    seed(database, **arguments)
    with pytest.raises(UsageError, match=r"another cohort \(--seed 1 --sessions 3 .* JOURNEY_HOME"):
        seed(database, **arguments | other)


def test_never_beside_real_rows(database: Connection) -> None:
    """A database that holds any session is refused; logins alone, its own too, are no obstacle."""
    key = cohort_people.practitioner(1, 0)
    database.execute("insert into auth.users (id) values (%s)", (key,))
    database.execute(
        "insert into public.log_sessions (practitioner_id, patient_id, session_date) "
        "values (%s, %s, '2025-03-01')",
        (key, key),
    )
    with pytest.raises(UsageError, match=r"holds rows in log_sessions, .* JOURNEY_HOME"):
        seed(database, sessions=3)
    database.execute("delete from public.log_sessions")
    assert not seed(database, sessions=3, days=30).already


@pytest.mark.parametrize("wrong", [{"sessions": 0}, {"days": 0}, {"days": 5000}, {"seed": 2**63}])
def test_arguments_have_ranges(database: Connection, wrong: dict[str, Any]) -> None:
    """An argument out of range is named with its range."""
    with pytest.raises(UsageError, match=rf"--{next(iter(wrong))} is {next(iter(wrong.values()))}"):
        seed(database, **wrong)


def test_missing_tables_ask_for_migrate(database: Connection) -> None:
    """Without the tables, the next thing to do is `journey migrate`."""
    database.execute("drop table quality.synthetic_cohort")
    with pytest.raises(JourneyError, match=r"no quality\.synthetic_cohort: run `journey migrate`"):
        seed(database)


def test_an_interrupted_seed_leaves_nothing(database: Connection, target: Target) -> None:
    """Stopped halfway, nothing is there; meanwhile no other seed starts."""

    def stop(_: str) -> NoReturn:
        with connect(target) as second, pytest.raises(BusyError, match="another load or seed"):
            seed(second, sessions=3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed(database, sessions=60, days=30, progress=stop)
    assert not any(dump(database).values())


# Like life ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("sessions", "days"), [(150, 180), (40, 1), (20, 400)])
def test_every_row_is_possible(database: Connection, sessions: int, days: int) -> None:
    """The database takes every row, and none breaks what it cannot check."""
    seed(database, sessions=sessions, days=days)
    impossible = """
        select 'completed without completed_at, or the other way round'
        from public.log_integration_sessions where completed <> (completed_at is not null)
        union all
        select 'a score without its instrument, or two'
        from public.log_integration_sessions
        where num_nonnulls(phq9_score, gad7_score, whoqol_bref_score, psqi_score)
            <> (completed and session_type in
                ('PHQ9_ASSESSMENT', 'GAD7_ASSESSMENT', 'WHOQOL_BREF', 'PSQI_ASSESSMENT'))::int
        union all
        select 'after the end'
        from public.log_integration_sessions
        where greatest(session_date, (completed_at at time zone 'UTC')::date,
            (updated_at at time zone 'UTC')::date) > %(as_of)s or completed_at < created_at
        union all
        select 'after the end' from public.log_behavioral_changes
        where greatest(change_date, (created_at at time zone 'UTC')::date) > %(as_of)s
        union all
        select 'after the end' from public.log_pulse_checks
        where greatest(check_date, (created_at at time zone 'UTC')::date) > %(as_of)s
        union all
        select 'written before it happened' from public.log_pulse_checks
        where (created_at at time zone 'UTC')::date < check_date
        union all
        select 'outside the journey' from public.log_pulse_checks
        where days_post_session not between -1 and %(days)s + 10
        union all
        select 'outside the journey' from public.log_behavioral_changes
        where days_post_session not between 0 and %(days)s
        union all
        select 'numbers with gaps' from public.log_integration_sessions
        group by session_id having max(session_number) <> count(*)
        union all
        select 'numbers out of order'
        from public.log_integration_sessions as a
        inner join public.log_integration_sessions as b using (session_id)
        where a.session_number < b.session_number and a.session_date > b.session_date
    """
    assert database.execute(impossible, {"as_of": SEED_AS_OF, "days": days}).fetchall() == []


def test_sessions_are_spread_like_a_clinics() -> None:
    """Sessions of 15 months: one dosed on the last day, one the day before, a fifth running."""
    ages = [(SEED_AS_OF - session_day(index)).days for index in range(400)]
    assert {0, 1} <= set(ages)
    assert max(ages) <= 456
    assert sum(age > 400 for age in ages) > 20
    assert 60 <= sum(age < 180 for age in ages) <= 100
    small = [diaries.person(1, index, 30)["log_sessions"][0][3] for index in range(4)]
    assert small[1:] == [date(2025, 12, 30), date(2025, 12, 31), date(2024, 10, 27)]


def test_practitioners_have_uneven_caseloads() -> None:
    """About a dozen practitioners, some with many sessions and some with few."""
    caseloads = Counter(p["log_sessions"][0]["practitioner_id"] for p in people())
    assert cohort_people.practitioner_count(400) == 12
    assert cohort_people.practitioner_count(1) == 3
    assert set(caseloads) <= {cohort_people.practitioner(1, index) for index in range(12)}
    assert len(caseloads) >= 11
    assert max(caseloads.values()) > 5 * sorted(caseloads.values())[2]


def test_some_patients_come_twice() -> None:
    """Some patients have two sessions, at least 60 days apart, with one practitioner."""
    sessions = defaultdict(list)
    for index, person in enumerate(people()):
        [row] = person["log_sessions"]
        sessions[row["patient_id"]].append((session_day(index), row["practitioner_id"]))
    twice = [sorted(rows) for rows in sessions.values() if len(rows) > 1]
    assert len(twice) == 25
    assert all((second[0] - first[0]).days >= 60 for first, second in twice)
    assert all(first[1] == second[1] for first, second in twice)


def test_amounts() -> None:
    """400 sessions make 35,000 to 45,000 pulse checks; a few have baselines only, or nothing."""
    assert 35_000 <= len(checks()) <= 45_000
    kinds = Counter(
        (bool(person["log_integration_sessions"]), bool(person["log_pulse_checks"]))
        for person in people()
    )
    assert 6 <= kinds[False, False] <= 20
    assert 2 <= kinds[True, False] <= 15


def test_adherence_decays_and_differs() -> None:
    """People log less with time; some nearly always, some hardly; a little less at weekends."""
    old = [index for index in range(400) if (SEED_AS_OF - session_day(index)).days >= 190]
    days = {(c.person, c.day) for c in checks() if c.person in set(old)}
    by_week = Counter(day // 7 for _, day in days)
    assert by_week[0] > 0.75 * 7 * len(old)
    assert by_week[0] > by_week[8] > by_week[20] > 0.3 * 7 * len(old)
    per_person = Counter(index for index, _ in days)
    shares = sorted(per_person[index] / 181 for index in old)
    assert shares[len(old) // 10] < 0.3
    assert shares[-len(old) // 10] > 0.8
    weekend = len({(c.person, c.day) for c in checks() if c.is_weekend})
    assert (
        0.88 < weekend / 2 / ((len(days | {(c.person, c.day) for c in checks()}) - weekend) / 5) < 1
    )


def test_an_afterglow_fades_and_most_improve() -> None:
    """Moods are high in the first week, lower in the fifth, and better again in the end."""
    assert mean(moods(0, 6)) > mean(moods(28, 41)) + 0.25
    assert mean(moods(140, 180)) > mean(moods(28, 41)) + 0.1
    assert set(moods(0, 180)) == {1, 2, 3, 4, 5}


def test_days_resemble_their_neighbours() -> None:
    """Yesterday's mood tells today's, and mood goes with sleep without being it."""
    mood = {(c.person, c.day): c.answers[2] for c in checks()}
    apart = {
        lag: mean([abs(m - n) for (i, d), m in mood.items() if m and (n := mood.get((i, d - lag)))])
        for lag in (1, 3, 10, 60)
    }
    assert apart[1] + 0.1 < apart[3] < apart[10] - 0.05
    assert apart[10] < apart[60]
    same = [c.answers[1] == c.answers[2] for c in checks()]
    assert 0.3 < mean([int(is_same) for is_same in same]) < 0.7


def test_the_oddities_of_real_diaries_occur() -> None:
    """Items left out, days answered twice, late entries, an evening before, a week too long."""
    every = checks()
    partial = sum(None in c.answers for c in every)
    twice = sum(n > 1 for n in Counter((c.person, c.day) for c in every).values())
    assert 0.02 < partial / len(every) < 0.04
    assert all(sum(answer is None for answer in c.answers) <= 1 for c in every)
    assert 0.01 < twice / len(every) < 0.02
    assert 0.03 < sum(c.days_late > 0 for c in every) / len(every) < 0.05
    assert sum(c.day == -1 for c in every) == 2
    assert 1 <= len({c.person for c in every if c.day > 180}) <= 20
    assert max(c.day for c in every) <= 190


def test_assessments_take_a_plausible_course() -> None:
    """Baselines for most, mostly moderate to severe; most improve, some get worse."""
    phq9: dict[int, dict[int, int]] = defaultdict(dict)
    for a in assessments():
        assert a.day >= -30
        if a.kind == "PHQ9_ASSESSMENT":
            phq9[a.person][a.day] = a.score
    before = {i: scores[min(scores)] for i, scores in phq9.items() if min(scores) < 0}
    assert len(before) > 340
    assert sum(10 <= score <= 22 for score in before.values()) > 0.75 * len(before)
    after = {i: scores[max(scores)] for i, scores in phq9.items() if max(scores) > 60}
    change = [after[i] - before[i] for i in before.keys() & after.keys()]
    assert sum(points <= -6 for points in change) > 0.5 * len(change)
    assert 0.02 * len(change) < sum(points >= 6 for points in change) < 0.2 * len(change)


def test_some_planned_rows_are_not_completed() -> None:
    """Of every kind of planned row some took place and, baselines aside, some did not."""
    done = Counter(
        (row["session_type"], row["completed"])
        for person in people()
        for row in person["log_integration_sessions"]
    )
    assert {kind for kind, _ in done} == {
        "PULSE_CHECK",
        "PHQ9_ASSESSMENT",
        "GAD7_ASSESSMENT",
        "WHOQOL_BREF",
        "PSQI_ASSESSMENT",
        "INTEGRATION_THERAPY",
        "FOLLOW_UP_CALL",
    }
    assert all(done[kind, True] > done[kind, False] > 0 for kind, _ in done)


def test_changes_are_of_every_kind_and_harmless() -> None:
    """All types and sentiments occur; all free text is a fixed phrase without a digit."""
    rows = [row for person in people() for row in person["log_behavioral_changes"]]
    assert len({row["change_type"] for row in rows}) == 7
    assert {row["change_sentiment"] for row in rows} == {"POSITIVE", "NEGATIVE", "NEUTRAL"}
    phrases = {
        *(words for _, _, words in cohort_phrases.CHANGES + cohort_phrases.HABITS),
        *cohort_phrases.PULSE_NOTES,
        *cohort_phrases.THERAPY_NOTES,
        *cohort_phrases.CALL_NOTES,
    }
    said = {row["change_description"] for row in rows} | {
        row[column]
        for person in people()
        for table, column in (
            ("log_pulse_checks", "notes"),
            ("log_integration_sessions", "session_notes"),
        )
        for row in person[table]
    }
    assert said == {*phrases, None}
    assert not any(
        character.isdigit() or character in "@:/" for text in phrases for character in text
    )


def test_some_people_report_a_habit_in_about_half_of_their_weeks() -> None:
    """Some report one habit often enough to be compared with their weeks without it."""
    regulars = 0
    habits = {words for _, _, words in cohort_phrases.HABITS}
    for index, person in enumerate(people()):
        weeks = {
            (row["change_date"] - session_day(index)).days // 7
            for row in person["log_behavioral_changes"]
            if row["change_description"] in habits
        }
        regulars += 6 <= len(weeks) <= 20
    assert regulars >= 25
