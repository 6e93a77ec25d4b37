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
    where
        {{ in_cross_check_sample('session_id') }}
        and {{ is_touched('session_id') }}
    group by session_id
),

answered as (
    select
        session_id,
        is_comparable,
        case
            when is_comparable
                then quality.oracle('get_integration_milestones', session_id)
        end as oracle
    from sessions
),

final as (
    select
        coalesce(answered.session_id, marts.session_id) as session_id,
        {{ cross_check_outcome(
            'coalesce(answered.is_comparable, true)', "coalesce(marts.answer, '[]')", 'answered.oracle'
        ) }} as outcome
    from answered
    full outer join marts on answered.session_id = marts.session_id
)

select * from final
