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
        and {{ in_cross_check_sample('session_id') }}
        and {{ is_touched('session_id') }}
    group by session_id
),

answered as (
    select
        session_id,
        is_comparable,
        case
            when is_comparable
                then quality.oracle('get_behavioral_changes_summary', session_id)
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
