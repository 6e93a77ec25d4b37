{{ config(meta={'compared_with': ['quality.oracle', 'public.get_behavioral_changes_summary']}) }}

-- The function sees positive changes only; of their texts only the number is compared.
with sessions as (
    {{ sessions_to_compare(ref('stg_sessions'), [ref('stg_behavioral_changes')]) }}
),

marts as (
    select
        session_id,
        jsonb_agg(
            jsonb_build_object(
                'change_type', change_type,
                'change_count', change_count,
                'recent_changes', change_count
            )
            order by change_count desc, {{ bytewise('change_type') }}
        ) as answer
    from {{ ref('fct_behavioral_changes') }}
    where
        change_sentiment = 'POSITIVE'
        and {{ is_touched('session_id') }}
    group by session_id
),

final as (
    {{ lists_compared('sessions', 'marts', 'get_behavioral_changes_summary') }}
)

select * from final
