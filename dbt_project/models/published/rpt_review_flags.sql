with spans as (
    select
        session_id,
        rule,
        is_fired,
        first_day,
        last_day
    from {{ ref('int_review_spans') }}
),

sessions as (
    select
        session_id,
        patient_id,
        least(days_elapsed, 180) as last_day
    from {{ ref('dim_sessions') }}
),

rules as (
    select
        rule,
        first_day
    from {{ ref('ref_review_rules') }}
),

session_weeks as (
    select
        spans.session_id,
        spans.rule,
        weeks.week_post_session,
        bool_or(spans.is_fired) as is_flagged
    from spans
    cross join
        lateral generate_series(
            spans.first_day / 7, spans.last_day / 7
        ) as weeks (week_post_session)
    group by spans.session_id, spans.rule, weeks.week_post_session
),

across_patients as (
    select
        session_weeks.rule,
        session_weeks.week_post_session,
        count(distinct sessions.patient_id)::integer as patients,
        count(*)::integer as sessions_under_watch,
        (count(*) filter (where session_weeks.is_flagged))::integer as sessions_flagged,
        count(distinct sessions.patient_id) filter (where session_weeks.is_flagged)
            as flagged_patients,
        count(distinct sessions.patient_id) filter (where not session_weeks.is_flagged)
            as unflagged_patients
    from session_weeks
    inner join sessions on session_weeks.session_id = sessions.session_id
    group by session_weeks.rule, session_weeks.week_post_session
),

furthest as (
    select max(last_day) as last_day
    from sessions
),

-- Due by the calendar alone: a 0 tells that nobody has come so far, and nothing about answers.
reached as (
    select
        rules.rule,
        weeks.week_post_session,
        coalesce(
            rules.first_day <= 7 * weeks.week_post_session + 6
            and furthest.last_day >= greatest(rules.first_day, 7 * weeks.week_post_session),
            false
        ) as is_due
    from rules
    cross join generate_series(0, 25) as weeks (week_post_session)
    cross join furthest
),

-- A withheld row stays: absence would tell as much as a number.
spine as (
    select
        reached.rule,
        reached.week_post_session,
        coalesce(across_patients.patients, 0) as patients,
        coalesce(across_patients.sessions_under_watch, 0) as sessions_under_watch,
        coalesce(across_patients.sessions_flagged, 0) as sessions_flagged,
        coalesce(across_patients.flagged_patients, 0) as flagged_patients,
        coalesce(across_patients.unflagged_patients, 0) as unflagged_patients,
        reached.is_due
    from reached
    left join across_patients
        on
            reached.rule = across_patients.rule
            and reached.week_post_session = across_patients.week_post_session
),

shown as (
    select
        rule,
        week_post_session,
        case when is_due then {{ withhold('patients', 'patients') }} else 0 end as patients,
        case when is_due then {{ withhold('sessions_under_watch', 'patients') }} else 0 end
            as sessions_under_watch,
        case
            when is_due
                then {{ withhold(
                    'sessions_flagged', 'patients', ['flagged_patients', 'unflagged_patients']
                ) }}
            else 0
        end as sessions_flagged,
        is_due
    from spine
),

final as (
    select
        rule,
        week_post_session,
        patients,
        sessions_under_watch,
        sessions_flagged,
        {{ round_once('100 * sessions_flagged::numeric / nullif(sessions_under_watch, 0)', 2) }}
            as flagged_pct,
        is_due,
        patients is null as is_withheld,
        sessions_flagged is null as is_share_withheld
    from shown
)

select * from final
