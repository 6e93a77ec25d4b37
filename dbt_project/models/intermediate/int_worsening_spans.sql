with assessments as (
    select
        integration_session_id,
        session_id,
        instrument,
        score,
        baseline_score,
        reliable_change_class,
        days_post_session,
        created_at
    from {{ ref('int_assessment_changes') }}
    where {{ is_touched('session_id') }}
),

instruments as (
    select
        instrument,
        reliable_change
    from {{ ref('ref_instruments') }}
),

rules as (
    select
        rule,
        first_day
    from {{ ref('ref_review_rules') }}
),

-- Of two on a day the one written later comes later.
final as (
    select
        assessments.session_id,
        rules.rule,
        row_number() over (
            partition by assessments.session_id, rules.rule
            order by
                assessments.days_post_session asc,
                assessments.created_at asc,
                assessments.integration_session_id desc
        )::integer as span_number,
        assessments.days_post_session as first_day,
        assessments.days_post_session as last_day,
        {{ real('assessments.baseline_score') }} as baseline_value,
        {{ real('null') }} as baseline_standard_deviation,
        null::integer as baseline_days,
        {{ real('(assessments.baseline_score + instruments.reliable_change)') }}
            as limit_value,
        {{ real('assessments.score') }} as observed_value,
        assessments.reliable_change_class = 'reliable_deterioration' as is_fired
    from assessments
    inner join instruments on assessments.instrument = instruments.instrument
    inner join rules on {{ instrument_code('assessments.instrument') }} || '_worsening' = rules.rule
    where
        assessments.days_post_session between rules.first_day and 180
        and assessments.reliable_change_class <> 'not_computable'
)

select * from final
