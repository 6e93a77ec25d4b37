with instruments as (
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

final as (
    select
        instrument,
        event,
        coalesce(
            lag(window_days) over (partition by instrument, event order by window_days), 0
        ) as window_days_before,
        window_days
    from event_windows
)

select * from final
