"""The invented people are like life."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from statistics import correlation

import pytest

from database import Connection
from seeded import assessments, checks, mean, moods, people, session_day
from wellness_journey.cohort import diaries
from wellness_journey.cohort import people as cohort_people
from wellness_journey.cohort import phrases as cohort_phrases
from wellness_journey.cohort.seed import SEED_AS_OF, seed


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


def test_most_patients_have_two_or_three_sessions() -> None:
    """As in real protocols: weeks or months apart, in order, with one practitioner."""
    sessions = defaultdict(list)
    for index, person in enumerate(people()):
        [row] = person["log_sessions"]
        sessions[row["patient_id"]].append((session_day(index), row["practitioner_id"]))
    assert Counter(map(len, sessions.values())) == {1: 60, 2: 80, 3: 60}
    gaps = [
        (after - before).days
        for rows in sessions.values()
        for (before, _), (after, _) in pairwise(rows)
    ]
    assert min(gaps) >= 24
    assert 0.4 < sum(gap <= 42 for gap in gaps) / len(gaps) < 0.6
    assert all(len({practitioner for _, practitioner in rows}) == 1 for rows in sessions.values())


def test_a_journey_ends_where_the_next_session_is() -> None:
    """From then on a patient answers for the next session only."""
    for index, person in enumerate(people()[:-1]):
        [this], [following] = (people()[i]["log_sessions"] for i in (index, index + 1))
        if this["patient_id"] == following["patient_id"]:
            last = session_day(index + 1)
            assert all(row["check_date"] < last for row in person["log_pulse_checks"])
            assert all(row["session_date"] < last for row in person["log_integration_sessions"])


def test_amounts() -> None:
    """400 sessions make 20,000 to 30,000 pulse checks; a few have baselines only, or nothing."""
    assert 20_000 <= len(checks()) <= 30_000
    kinds = Counter(
        (bool(person["log_integration_sessions"]), bool(person["log_pulse_checks"]))
        for person in people()
    )
    assert 6 <= kinds[False, False] <= 20
    assert 2 <= kinds[True, False] <= 15


def test_adherence_decays_and_differs() -> None:
    """People log less with time; some nearly always, some hardly; a little less at weekends."""
    whole = {index for index in range(400) if is_whole(index)}
    days = {(c.person, c.day) for c in checks() if c.person in whole}
    by_week = Counter(day // 7 for _, day in days)
    assert by_week[0] > 0.7 * 7 * len(whole)
    assert by_week[0] > by_week[8] > by_week[20] > 0.3 * 7 * len(whole)
    per_person = Counter(index for index, _ in days)
    shares = sorted(per_person[index] / 181 for index in whole)
    assert shares[len(whole) // 10] < 0.3
    assert shares[-len(whole) // 10] > 0.7
    weekend = len({(c.person, c.day) for c in checks() if c.is_weekend})
    assert (
        0.88 < weekend / 2 / ((len(days | {(c.person, c.day) for c in checks()}) - weekend) / 5) < 1
    )


def is_whole(index: int) -> bool:
    """Whether the session's 180 days, and strays after them, came before the last day."""
    patients = [person["log_sessions"][0]["patient_id"] for person in people()]
    is_last = index == 399 or patients[index] != patients[index + 1]
    return is_last and (SEED_AS_OF - session_day(index)).days >= 190


def test_an_afterglow_fades_and_a_recovery_stays() -> None:
    """Moods are high on the first days; of those who recover they are better again in the end."""
    assert mean(moods(0, 2)) > mean(moods(8, 14)) + 0.15
    assert set(moods(0, 180)) == {1, 2, 3, 4, 5}
    recovering = set(filter(is_first, range(400))) & {
        index
        for index in range(400)
        if cohort_people.make_patient(1, *cohort_people.first_session(index)).course == "recovery"
    }
    of_these = [c for c in checks() if c.person in recovering and c.answers[2]]
    later, early = (
        mean([c.answers[2] or 0 for c in of_these if first <= c.day <= last])
        for first, last in ((90, 180), (8, 14))
    )
    assert later > early + 0.3


def is_first(index: int) -> bool:
    """Whether it is the patient's first session: others begin where the one before has led."""
    return cohort_people.first_session(index)[0] == index


def test_mood_goes_with_sleep_without_being_it() -> None:
    """Two answers of one day are often, and not mostly, the same."""
    same = [c.answers[1] == c.answers[2] for c in checks()]
    assert 0.3 < mean([int(is_same) for is_same in same]) < 0.5


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
    first = [before[i] for i in before if is_first(i)]
    assert sum(10 <= score <= 22 for score in first) > 0.75 * len(first)
    after = {i: scores[max(scores)] for i, scores in phq9.items() if max(scores) > 60}
    change = [after[i] - before[i] for i in filter(is_first, before.keys() & after.keys())]
    assert sum(points <= -6 for points in change) > 0.5 * len(change)
    assert 0.02 * len(change) < sum(points >= 6 for points in change) < 0.2 * len(change)


def test_scores_go_with_the_diary() -> None:
    """Whose composite rises from the third week to the last ones has lost more of the PHQ-9."""
    composites: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for c in checks():
        composites[c.person][c.day] += filter(None, c.answers)
    late: dict[int, list[int]] = defaultdict(list)
    for a in assessments():
        if a.kind == "PHQ9_ASSESSMENT" and a.day >= 120:
            late[a.person].append(a.score)
    rises, scores = [], []
    for person, found in late.items():
        early, later = (
            [answer for day in days for answer in composites[person].get(day, ())]
            for days in (range(14, 28), range(120, 181))
        )
        if min(len(early), len(later)) >= 20:
            rises.append(mean(later) - mean(early))
            scores.append(mean(found))
    assert len(rises) > 60
    assert correlation(rises, scores) < -0.3


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
