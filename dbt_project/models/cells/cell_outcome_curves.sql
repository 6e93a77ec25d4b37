with courses as (
    select
        session_id,
        patient_id,
        instrument,
        event,
        followed_window_days,
        has_event,
        session_date
    from {{ ref('int_outcome_courses') }}
),

windows as (
    select
        instrument,
        event,
        window_days_before,
        window_days
    from {{ ref('cell_curve_windows') }}
),

-- Of rpt_assessment_outcomes: the first session that is eligible.
ranked as (
    select
        *,
        row_number() over (
            partition by patient_id, instrument, event
            order by session_date asc, session_id asc
        ) as place
    from courses
),

final as (
    select
        windows.instrument,
        windows.event,
        windows.window_days as outcome_window_days,
        count(ranked.patient_id)::integer as at_risk,
        (count(*) filter (
            where ranked.has_event and ranked.followed_window_days <= windows.window_days
        ))::integer as events
    from windows
    left join ranked
        on
            windows.instrument = ranked.instrument
            and windows.event = ranked.event
            and windows.window_days_before < ranked.followed_window_days
            and ranked.place = 1
    group by windows.instrument, windows.event, windows.window_days
)

select * from final
