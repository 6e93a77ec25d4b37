with assessments as (
    select
        integration_session_id,
        session_id,
        instrument,
        score,
        baseline_score,
        days_post_session,
        created_at
    from {{ ref('int_assessment_changes') }}
    where {{ is_touched('session_id') }}
),

rules as (
    select
        rule,
        first_day,
        limit_value,
        in_a_row
    from {{ ref('int_review_rules') }}
),

-- Of two on a day the one written later comes later.
compared as (
    select
        assessments.session_id,
        rules.rule,
        rules.in_a_row,
        assessments.days_post_session,
        assessments.score,
        assessments.baseline_score,
        assessments.baseline_score + rules.limit_value as limit_score,
        assessments.baseline_score + rules.limit_value <= assessments.score as is_worse,
        row_number() over (
            partition by assessments.session_id, rules.rule
            order by
                assessments.days_post_session asc,
                assessments.created_at asc,
                assessments.integration_session_id desc
        ) as number
    from assessments
    inner join rules on {{ instrument_code('assessments.instrument') }} || '_worsening' = rules.rule
    where
        assessments.days_post_session between rules.first_day and 180
        and assessments.score is not null
        and assessments.baseline_score is not null
),

final as (
    select
        session_id,
        rule,
        number::integer as span_number,
        days_post_session as first_day,
        days_post_session as last_day,
        {{ real('baseline_score') }} as baseline_value,
        {{ real('null') }} as baseline_standard_deviation,
        null::integer as baseline_days,
        {{ real('limit_score') }} as limit_value,
        {{ real('score') }} as observed_value,
        number - coalesce(
            max(number) filter (where not is_worse) over (
                partition by session_id, rule
                order by number
            ), 0
        ) >= in_a_row as is_fired
    from compared
)

select * from final
