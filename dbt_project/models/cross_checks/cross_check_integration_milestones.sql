{{ config(meta={'compared_with': ['quality.oracle', 'public.get_integration_milestones']}) }}

-- The whole timeline of a session, in its order, is one comparison.
with sessions as (
    {{ sessions_to_compare(ref('stg_sessions'), [ref('stg_integration_sessions')]) }}
),

marts as (
    select
        session_id,
        jsonb_agg(
            jsonb_build_object(
                'milestone_date', milestone_date,
                'milestone_type', milestone_type,
                'milestone_description', milestone_description,
                'completed', completed,
                'days_post_session', days_post_session
            )
            order by milestone_number
        ) as answer
    from {{ ref('fct_integration_milestones') }}
    where {{ is_touched('session_id') }}
    group by session_id
),

final as (
    {{ lists_compared('sessions', 'marts', 'get_integration_milestones') }}
)

select * from final
