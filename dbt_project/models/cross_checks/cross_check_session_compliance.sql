{{ config(meta={'compared_with': ['quality.oracle', 'public.calculate_compliance_score']}) }}

-- The function knows no as_of and no quarantine: a session with rows set aside for either
-- cannot be compared.
with sessions as (
    select
        session_id,
        quarantine_reason
    from {{ ref('stg_sessions') }}
    where
        {{ in_cross_check_sample('session_id') }}
        and {{ is_touched('session_id') }}
),

set_aside as (
    select session_id
    from {{ ref('stg_pulse_checks') }}
    where
        quarantine_reason is not null
        and {{ is_touched('session_id') }}
    union
    select session_id
    from {{ ref('stg_integration_sessions') }}
    where
        quarantine_reason is not null
        and {{ is_touched('session_id') }}
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
    where
        {{ in_cross_check_sample('session_id') }}
        and {{ is_touched('session_id') }}
),

asked as (
    select
        sessions.session_id,
        windows.window_days,
        sessions.quarantine_reason is null
        and set_aside.session_id is null as is_comparable
    from sessions
    cross join {{ constants(var('compliance_windows')) }} as windows (window_days)
    left join set_aside on sessions.session_id = set_aside.session_id
),

answered as (
    select
        session_id,
        window_days,
        is_comparable,
        case
            when is_comparable
                then quality.oracle('calculate_compliance_score', session_id, window_days)
        end as oracle
    from asked
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
