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

instruments as (
    select
        instrument,
        recall_days
    from {{ ref('ref_instruments') }}
    where response_share is not null
),

windows as (
    select
        window_days,
        first_day
    from {{ ref('ref_outcome_windows') }}
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

response_windows as (
    select
        instruments.instrument,
        windows.window_days,
        row_number() over (
            partition by instruments.instrument
            order by windows.window_days
        ) as place
    from instruments
    inner join windows on instruments.recall_days < windows.first_day
),

-- A relapse is seen in a later window than the response.
event_windows as (
    select
        instrument,
        'response' as event,
        window_days
    from response_windows
    union all
    select
        instrument,
        'relapse' as event,
        window_days
    from response_windows
    where place > 1
),

spine as (
    select
        *,
        coalesce(
            lag(window_days) over (partition by instrument, event order by window_days), 0
        ) as window_days_before
    from event_windows
),

final as (
    select
        spine.instrument,
        spine.event,
        spine.window_days as outcome_window_days,
        count(ranked.patient_id)::integer as at_risk,
        (count(*) filter (
            where ranked.has_event and ranked.followed_window_days <= spine.window_days
        ))::integer as events
    from spine
    left join ranked
        on
            spine.instrument = ranked.instrument
            and spine.event = ranked.event
            and spine.window_days_before < ranked.followed_window_days
            and ranked.place = 1
    group by spine.instrument, spine.event, spine.window_days
)

select * from final
