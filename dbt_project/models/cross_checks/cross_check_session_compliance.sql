{{ config(meta={
    'compared_with': ['quality.oracle', 'public.calculate_compliance_score'], 'has_statement': true
}) }}

with sessions as (
    {{ sessions_to_compare(
        ref('stg_sessions'), [ref('stg_pulse_checks'), ref('stg_integration_sessions')]
    ) }}
),

marts as (
    select
        session_id,
        window_days,
        jsonb_build_object(
            'pulse_check_count', pulse_check_count,
            'pulse_check_percentage', pulse_check_percentage,
            'assessment_count', assessment_count,
            'assessment_percentage', assessment_percentage,
            'integration_session_count', integration_session_count,
            'integration_session_percentage', integration_session_percentage,
            'overall_compliance_score', overall_compliance_score
        ) as answer
    from {{ ref('fct_session_compliance') }}
    where {{ is_touched('session_id') }}
),

asked as (
    select
        sessions.*,
        windows.window_days
    from sessions
    cross join {{ constants(var('compliance_windows')) }} as windows (window_days)
),

answered as (
    {%- if is_adopted() %}
    select
        asked.session_id,
        asked.window_days,
        asked.is_comparable,
        to_jsonb(stated) - 'session_id' - 'window_days' as oracle
    from asked
    left join {{ ref('stg_stated_compliance') }} as stated
        on
            asked.session_id = stated.session_id
            and asked.window_days = stated.window_days
    {%- else %}
    select
        session_id,
        window_days,
        is_comparable,
        case
            when is_comparable
                then quality.oracle('calculate_compliance_score', session_id, window_days)
        end as oracle
    from asked
    {%- endif %}
),

compared as (
    select
        coalesce(answered.session_id, marts.session_id) as session_id,
        coalesce(answered.window_days, marts.window_days) as window_days,
        marts.answer,
        answered.oracle,
        {{ cross_check_outcome(
            'coalesce(answered.is_comparable, true)', 'marts.answer', 'answered.oracle'
        ) }} as outcome
    from answered
    full outer join marts
        on
            answered.session_id = marts.session_id
            and answered.window_days = marts.window_days
),

final as (
    select
        session_id,
        window_days,
        outcome,
        -- Names of columns, never their values.
        array(
            select columns.name
            from jsonb_object_keys(compared.answer) as columns (name)
            where
                compared.outcome = 'differs'
                and compared.answer -> columns.name <> compared.oracle -> columns.name
            order by columns.name
        ) as columns_that_differ
    from compared
)

select * from final
