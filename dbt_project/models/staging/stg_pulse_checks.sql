with pulse_checks as (
    select
        pulse_check_id,
        session_id,
        patient_id,
        {{ answer_columns() | join(',\n        ') }},
        {{ number_present(answer_columns()) }} as answers_given,
        days_post_session as stored_days_post_session,
        {{ utc_day('check_date') }} as check_date,
        created_at
    from {{ source('operational', 'log_pulse_checks') }}
),

sessions as (
    select
        session_id,
        patient_id,
        quarantine_reason,
        session_date
    from {{ ref('stg_sessions') }}
),

renamed as (
    select
        pulse_checks.pulse_check_id,
        pulse_checks.session_id,
        case
            {{ shared_quarantine_reasons('pulse_checks', 'check_date') }}
            {{ before_session_reason(
                'pulse_checks.check_date', days_after('sessions.session_date', -1)
            ) }}
            when pulse_checks.answers_given = 0 then 'no_answer'
            {{ score_out_of_range_reason(bounds_of_answers('pulse_checks')) }}
        end as quarantine_reason,
        {%- for question in var('questions') %}
        {{ in_points(question, whole('pulse_checks.' ~ question.column)) }}
            as {{ question.column }},
        {%- endfor %}
        pulse_checks.answers_given,
        pulse_checks.stored_days_post_session,
        {{ days_between('pulse_checks.check_date', 'sessions.session_date') }}
            as days_post_session,
        pulse_checks.check_date,
        pulse_checks.created_at
    from pulse_checks
    left join sessions on pulse_checks.session_id = sessions.session_id
)

select * from renamed
