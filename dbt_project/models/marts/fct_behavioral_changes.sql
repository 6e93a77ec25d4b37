with behavioral_changes as (
    select
        session_id,
        change_type,
        change_sentiment,
        days_post_session
    from {{ ref('stg_behavioral_changes') }}
    where
        quarantine_reason is null
        and {{ is_touched('session_id', of_view=true) }}
),

final as (
    select
        session_id,
        {{ plain_text('change_type') }} as change_type,
        {{ plain_text('change_sentiment') }} as change_sentiment,
        count(*)::integer as change_count,
        min(days_post_session) as first_days_post_session,
        max(days_post_session) as last_days_post_session
    from behavioral_changes
    group by session_id, change_type, change_sentiment
)

select * from final
