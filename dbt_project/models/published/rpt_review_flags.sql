with session_weeks as (
    select
        session_id,
        rule,
        week_post_session,
        is_flagged
    from {{ ref('int_review_weeks') }}
),

sessions as (
    select
        session_id,
        patient_id,
        least(days_elapsed, 180) as last_day,
        count(*) over (partition by patient_id) = 1 as is_only_one
    from {{ ref('dim_sessions') }}
),

rules as (
    select
        rule,
        first_day
    from {{ ref('ref_review_rules') }}
),

trend_weeks as (
    select
        week_post_session,
        is_withheld
    from {{ ref('rpt_pulse_trends_by_week') }}
),

outcomes as (
    select
        instrument,
        outcome_window_days,
        is_with_change_withheld,
        is_reliably_deteriorated_withheld
    from {{ ref('rpt_assessment_outcomes') }}
),

outcome_windows as (
    select
        window_days,
        first_day,
        last_day
    from {{ ref('ref_outcome_windows') }}
),

-- Most patients have one session, and nothing to be put together.
weeks_by_patient as (
    select
        session_weeks.rule,
        session_weeks.week_post_session,
        count(*) as sessions_under_watch,
        count(*) filter (where session_weeks.is_flagged) as sessions_flagged
    from session_weeks
    inner join sessions on session_weeks.session_id = sessions.session_id
    where not sessions.is_only_one
    group by session_weeks.rule, session_weeks.week_post_session, sessions.patient_id
    union all
    select
        session_weeks.rule,
        session_weeks.week_post_session,
        1 as sessions_under_watch,
        session_weeks.is_flagged::integer as sessions_flagged
    from session_weeks
    inner join sessions on session_weeks.session_id = sessions.session_id
    where sessions.is_only_one
),

across_patients as (
    select
        rule,
        week_post_session,
        count(*)::integer as patients,
        sum(sessions_under_watch)::integer as sessions_under_watch,
        sum(sessions_flagged)::integer as sessions_flagged,
        count(*) filter (where sessions_flagged > 0) as flagged_patients,
        count(*) filter (where sessions_flagged < sessions_under_watch) as unflagged_patients
    from weeks_by_patient
    group by rule, week_post_session
),

-- Who is not silent answered in the week or the one before, and who was assessed in a week is of an
-- outcome window: what is withheld there would follow from the figures here.
answered_weeks as (
    select
        week_post_session,
        bool_and(is_withheld) as is_withheld
    from trend_weeks
    group by week_post_session
),

withheld_elsewhere as (
    select
        'silence' as rule,
        weeks.week_post_session,
        false as are_patients_withheld,
        bool_or(answered_weeks.is_withheld) as are_flags_withheld
    from answered_weeks
    cross join
        lateral {{ numbers(
            'answered_weeks.week_post_session', 'answered_weeks.week_post_session + 1'
        ) }} as weeks (week_post_session)
    group by weeks.week_post_session
    union all
    select
        case outcomes.instrument
            when 'PHQ-9' then 'phq9_worsening'
            when 'GAD-7' then 'gad7_worsening'
        end as rule,
        weeks.week_post_session,
        bool_or(outcomes.is_with_change_withheld) as are_patients_withheld,
        bool_or(outcomes.is_reliably_deteriorated_withheld) as are_flags_withheld
    from outcomes
    inner join outcome_windows on outcomes.outcome_window_days = outcome_windows.window_days
    cross join
        lateral {{ numbers(
            quotient('outcome_windows.first_day', 7), quotient('outcome_windows.last_day', 7)
        ) }} as weeks (week_post_session)
    where outcomes.instrument in ('PHQ-9', 'GAD-7')
    group by outcomes.instrument, weeks.week_post_session
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
    cross join {{ numbers(0, 25) }} as weeks (week_post_session)
    cross join furthest
),

-- A withheld row stays: absence would tell as much as a number. Groups count with one to spare, so
-- that of a withheld one which sums make as large as it can be it is min_cell that comes out.
spine as (
    select
        reached.rule,
        reached.week_post_session,
        coalesce(across_patients.patients, 0) as patients,
        coalesce(across_patients.sessions_under_watch, 0) as sessions_under_watch,
        coalesce(across_patients.sessions_flagged, 0) as sessions_flagged,
        coalesce(across_patients.patients, 0) - 1 as patients_to_spare,
        coalesce(across_patients.flagged_patients, 0) - 1 as flagged_to_spare,
        coalesce(across_patients.unflagged_patients, 0) - 1 as unflagged_to_spare,
        case when withheld_elsewhere.are_patients_withheld then 0 end as patients_elsewhere,
        case when withheld_elsewhere.are_flags_withheld then 0 end as flags_elsewhere,
        reached.is_due
    from reached
    left join across_patients
        on
            reached.rule = across_patients.rule
            and reached.week_post_session = across_patients.week_post_session
    left join withheld_elsewhere
        on
            reached.rule = withheld_elsewhere.rule
            and reached.week_post_session = withheld_elsewhere.week_post_session
),

shown as (
    select
        rule,
        week_post_session,
        {%- set of_the_row = ['patients_elsewhere'] %}
        {%- set of_the_share = of_the_row
            + ['flags_elsewhere', 'flagged_to_spare', 'unflagged_to_spare'] %}
        {%- for figure, groups in {
            'patients': of_the_row,
            'sessions_under_watch': of_the_row,
            'sessions_flagged': of_the_share,
        }.items() %}
        case when is_due then {{ withhold(figure, 'patients_to_spare', groups) }} else 0 end
            as {{ figure }},
        {%- endfor %}
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
        {{ round_once(ratio('100 * sessions_flagged', 'nullif(sessions_under_watch, 0)'), 2) }}
            as flagged_pct,
        is_due,
        patients is null as is_withheld,
        sessions_flagged is null as is_share_withheld
    from shown
)

select * from final
