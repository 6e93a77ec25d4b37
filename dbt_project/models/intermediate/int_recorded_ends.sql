-- A row dated after the reporting date is no end yet, but it does correct an earlier row.
with journey_ends as (
    select
        journey_end_id,
        session_id,
        end_type,
        days_post_session,
        quarantine_reason is null as is_used,
        created_at
    from {{ ref('stg_journey_ends') }}
    where
        coalesce(quarantine_reason, 'after_as_of') = 'after_as_of'
        and {{ is_touched('session_id', of_view=true) }}
),

-- The row written last counts. Of rows written at once, the one under which more is due: a tie must
-- not keep silence from firing.
ranked as (
    select
        *,
        row_number() over (
            partition by session_id
            order by
                created_at desc,
                case when end_type = 'NOT_ENDED' then 0 else 1 end asc,
                days_post_session desc,
                journey_end_id asc
        ) as rank_in_session,
        sum(case when is_used then 1 else 0 end) over (partition by session_id) as source_rows
    from journey_ends
),

last_written as (
    select
        session_id,
        end_type,
        days_post_session,
        source_rows,
        is_used and end_type <> 'NOT_ENDED' as has_ended
    from ranked
    where rank_in_session = 1
),

final as (
    select
        session_id,
        case when has_ended then lower(end_type) end as recorded_reason,
        case when has_ended then days_post_session end as ended_days_post_session,
        source_rows
    from last_written
)

select * from final
