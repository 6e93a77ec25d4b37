"""A clinic of fourteen patients in which every group is small, with some rows that break rules."""

from __future__ import annotations

from datetime import date

from database import Connection

AS_OF = date(2026, 3, 10)
# Forty days ago each had a session; one jumps, one answers all alike, one falls silent.
_FILLED = """
insert into auth.users (id) values ('aaaaaaaa-0000-4000-8000-000000000001') on conflict do nothing;
insert into public.log_sessions (session_id, practitioner_id, patient_id, session_date, created_at)
select
    ('5e550000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid,
    'aaaaaaaa-0000-4000-8000-000000000001',
    ('0000aaaa-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid,
    date '2026-03-10' - 40,
    timestamptz '2026-03-10 12:00+00' - interval '40 days'
from generate_series(1, 14) as i;

create temporary table people as
select *, row_number() over (order by session_id) as i from public.log_sessions;

insert into public.log_pulse_checks (
    session_id, patient_id, practitioner_id, check_date, created_at,
    connection_level, sleep_quality, mood_level, energy_level
)
select
    session_id, patient_id, practitioner_id, session_date + d,
    (session_date + d)::timestamptz + interval '20 hours',
    case when i = 1 and d = 20 then 1 when i = 1 and d = 21 then 5
        when i = 2 and d < 20 then 3 else 2 + (d + i) % 3 end,
    case when i = 1 and d = 20 then 1 when i = 1 and d = 21 then 5
        when i = 2 and d < 20 then 3 else 2 + (d * i) % 3 end,
    case when i = 1 and d = 20 then 1 when i = 1 and d = 21 then 5
        when i = 2 and d < 20 then 3 else 2 + (d + 2 * i) % 3 end,
    case when i = 1 and d = 20 then 1 when i = 1 and d = 21 then 5
        when i = 2 and d < 20 then 3 else 2 + (d + i * i) % 3 end
from people cross join generate_series(0, 39) as d
where not (i = 3 and d > 15) and (d + i) % 9 > 0;

insert into public.log_behavioral_changes (
    session_id, patient_id, practitioner_id, change_type, change_description, change_date,
    change_sentiment, created_at
)
select
    session_id, patient_id, practitioner_id, 'HABIT', 'walks daily', session_date + 10,
    case when i = 5 then 'NEGATIVE' else 'POSITIVE' end, timestamptz '2026-02-18 12:00+00'
from people where i < 14;

insert into public.log_integration_sessions (
    session_id, patient_id, practitioner_id, session_number, session_date, session_type, completed,
    completed_at, phq9_score, created_at, updated_at
)
select
    session_id, patient_id, practitioner_id, n, session_date + days, 'PHQ9_ASSESSMENT', true,
    (session_date + days)::timestamptz + interval '1 hour',
    case when n = 1 then 12 + i % 5 else 8 + i % 4 end,
    timestamptz '2026-02-18 12:00+00', timestamptz '2026-02-18 12:00+00'
from people cross join (values (1, -2), (2, 7)) as visits (n, days)
where not (n = 2 and i = 14);
"""
# Two checks a day of three patients, a check of days to come, a change that is there twice.
_BROKEN = """
insert into public.log_pulse_checks (
    session_id, patient_id, practitioner_id, check_date, created_at, mood_level
)
select session_id, patient_id, practitioner_id, session_date + 12, session_date + 13, 3
from people where i in (4, 5, 6)
union all
select session_id, patient_id, practitioner_id, session_date + 44, session_date + 40, 3
from people where i = 7;

insert into public.log_behavioral_changes (
    session_id, patient_id, practitioner_id, change_type, change_description, change_date,
    change_sentiment, created_at
)
select
    session_id, patient_id, practitioner_id, 'HABIT', 'walks daily', session_date + 10,
    'POSITIVE', timestamptz '2026-02-18 12:00+00'
from people where i = 8;
"""
# The day after: one more patient, and one more check that is there twice.
_NEXT_DAY = """
insert into public.log_sessions (session_id, practitioner_id, patient_id, session_date, created_at)
values (
    '5e550000-0000-4000-8000-000000000015', 'aaaaaaaa-0000-4000-8000-000000000001',
    '0000aaaa-0000-4000-8000-000000000015', '2026-03-10', '2026-03-10 12:00+00'
);
insert into public.log_pulse_checks (
    session_id, patient_id, practitioner_id, check_date, created_at, mood_level
)
select session_id, patient_id, practitioner_id, session_date + 14, session_date + 15, 3
from public.log_sessions where session_id = '5e550000-0000-4000-8000-000000000009';
"""


def fill(connection: Connection) -> None:
    """As of `AS_OF`, with rows that break rules."""
    for text in (_FILLED, _BROKEN, "drop table people"):
        connection.execute(text.encode())


def add_a_day(connection: Connection) -> None:
    """What comes in until the day after."""
    connection.execute(_NEXT_DAY.encode())
