with spans as (
    select
        session_id,
        rule,
        is_fired,
        first_day,
        last_day
    from {{ ref('int_review_spans') }}
    where {{ is_touched('session_id') }}
),

final as (
    select
        spans.session_id,
        spans.rule,
        weeks.week_post_session,
        bool_or(spans.is_fired) as is_flagged
    from spans
    cross join
        lateral {{ numbers(quotient('spans.first_day', 7), quotient('spans.last_day', 7)) }}
            as weeks (week_post_session)
    group by spans.session_id, spans.rule, weeks.week_post_session
)

select * from final
