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

-- One answer can be saved twice. Of a day's scores the one written last counts, as of a baseline.
ranked as (
    select
        *,
        row_number() over (
            partition by session_id, instrument, days_post_session
            order by created_at desc, integration_session_id asc
        ) as place
    from assessments
    where
        score is not null
        and baseline_score is not null
),

daily as (
    select *
    from ranked
    where place = 1
),

compared as (
    select
        daily.session_id,
        rules.rule,
        rules.in_a_row,
        daily.days_post_session,
        daily.score,
        daily.baseline_score,
        daily.baseline_score + rules.limit_value as limit_score,
        daily.baseline_score + rules.limit_value <= daily.score as is_worse,
        row_number() over (
            partition by daily.session_id, rules.rule
            order by daily.days_post_session
        ) as number
    from daily
    inner join rules on {{ instrument_code('daily.instrument') }} || '_worsening' = rules.rule
    where daily.days_post_session between rules.first_day and 180
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
