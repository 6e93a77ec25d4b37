"""The calls that a clinic waits for, and the same in plain SQL on tables without guards."""

from __future__ import annotations

WINDOW = 180
NOTE = "Long walk on 2025-03-27, felt lighter; slept 6-7 hours, PHQ-9 14 then 9"

COMPLIANCE = """
with given as (
    select
        session_date as first_day,
        session_date + %(window)s::integer as last_day,
        %(window)s::numeric as checks,
        ceil(%(window)s / 7.0) as assessments,
        ceil(%(window)s / 30.0) as therapies
    from plain.log_sessions
    where session_id = %(session)s
),

done as materialized (
    select
        (
            select count(distinct p.check_date)
            from plain.log_pulse_checks as p
            where p.session_id = %(session)s and p.check_date between g.first_day and g.last_day
        ) as checks,
        i.assessments,
        i.therapies
    from given as g
    cross join lateral (
        select
            count(*) filter (
                where case i.session_type
                    when 'PHQ9_ASSESSMENT' then i.completed or i.phq9_score is not null
                    when 'GAD7_ASSESSMENT' then i.completed or i.gad7_score is not null
                    when 'WHOQOL_BREF' then i.completed or i.whoqol_bref_score is not null
                    when 'PSQI_ASSESSMENT' then i.completed or i.psqi_score is not null
                end
            ) as assessments,
            count(*) filter (where i.session_type = 'INTEGRATION_THERAPY' and i.completed)
                as therapies
        from plain.log_integration_sessions as i
        where i.session_id = %(session)s and i.session_date between g.first_day and g.last_day
    ) as i
)

select
    d.checks,
    round(least(d.checks * 100 / g.checks, 100), 2),
    d.assessments,
    round(least(d.assessments * 100 / g.assessments, 100), 2),
    d.therapies,
    round(least(d.therapies * 100 / g.therapies, 100), 2),
    round(
        40 * least(d.checks / g.checks, 1) + 40 * least(d.assessments / g.assessments, 1)
        + 20 * least(d.therapies / g.therapies, 1)
    )
from given as g
cross join done as d
"""
MILESTONES = """
select
    i.session_date,
    i.session_type,
    case i.session_type
        when 'PULSE_CHECK' then 'Daily Pulse Check'
        when 'PHQ9_ASSESSMENT' then 'PHQ-9 Assessment'
        when 'GAD7_ASSESSMENT' then 'GAD-7 Assessment'
        when 'WHOQOL_BREF' then 'Quality of Life Assessment'
        when 'PSQI_ASSESSMENT' then 'Sleep Quality Assessment'
        when 'INTEGRATION_THERAPY' then 'Integration Therapy Session'
        when 'FOLLOW_UP_CALL' then 'Follow-up Call'
    end,
    i.completed,
    i.session_date - s.session_date
from plain.log_integration_sessions as i
inner join plain.log_sessions as s on s.session_id = i.session_id
where i.session_id = %(session)s
order by i.session_date, i.session_type, i.session_number, i.created_at, i.integration_session_id
"""
SUMMARY = """
select
    c.change_type,
    count(*),
    array_agg(c.change_description order by c.change_date desc, c.created_at desc, c.change_id)
from plain.log_behavioral_changes as c
where c.session_id = %(session)s and c.change_sentiment = 'POSITIVE'
group by c.change_type
order by count(*) desc, c.change_type
"""
LAST_DAYS = """
select pulse_check_id, session_id, check_date, connection_level, sleep_quality, mood_level,
    energy_level, notes
from {}.log_pulse_checks
where check_date > %(as_of)s::date - 30 {}
order by check_date desc, pulse_check_id
"""
INSERT = """
insert into {}.log_pulse_checks (
    session_id, patient_id, practitioner_id, check_date, days_post_session, connection_level,
    sleep_quality, mood_level, energy_level, notes
) values (
    %(session)s, %(patient)s, %(practitioner)s, %(day)s, 1, 3, 4, 3, 4, {}
)
"""

# Name, the guarded statement, the plain one.
CALLS = (
    (
        "calculate_compliance_score",
        "select * from public.calculate_compliance_score(%(session)s, %(window)s)",
        COMPLIANCE,
    ),
    (
        "get_integration_milestones",
        "select * from public.get_integration_milestones(%(session)s)",
        MILESTONES,
    ),
    (
        "get_behavioral_changes_summary",
        "select * from public.get_behavioral_changes_summary(%(session)s)",
        SUMMARY,
    ),
    (
        "a practitioner's pulse checks of the last 30 days",
        LAST_DAYS.format("public", ""),
        LAST_DAYS.format("plain", "and practitioner_id = %(practitioner)s"),
    ),
    (
        "insert of a pulse check with a note",
        INSERT.format("public", "%(note)s"),
        INSERT.format("plain", "%(note)s"),
    ),
    (
        "insert of a pulse check without a note",
        INSERT.format("public", "null"),
        INSERT.format("plain", "null"),
    ),
)
