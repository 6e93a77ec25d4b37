{{ config(indexes=[{'columns': ['session_id']}, {'columns': ['check_date']}]) }}

with sessions as (
    select
        session_id,
        practice_id,
        patient_id,
        session_date
    from {{ ref('int_practice_sessions') }}
    where {{ is_touched('session_id') }}
),

-- What is set aside with its session alone counts here where the session does.
pulse_checks as (
    select
        pulse_check_id,
        session_id,
        {%- for column in answer_columns() %}
        {{ column }},
        {%- endfor %}
        answers_given,
        check_date,
        {{ utc_day('created_at') }} as written_date
    from {{ ref('stg_pulse_checks') }}
    where
        coalesce(quarantine_reason, 'session_set_aside') = 'session_set_aside'
        and check_date <= {{ as_of() }}
        and {{ is_touched('session_id', of_view=true) }}
),

final as (
    select
        pulse_checks.pulse_check_id,
        pulse_checks.session_id,
        sessions.practice_id,
        sessions.patient_id,
        {%- for column in answer_columns() %}
        pulse_checks.{{ column }},
        {%- endfor %}
        pulse_checks.answers_given,
        {{ days_between('pulse_checks.check_date', 'sessions.session_date') }}
            as days_post_session,
        {{ days_between('pulse_checks.written_date', 'pulse_checks.check_date') }}
            as days_until_written,
        pulse_checks.check_date,
        pulse_checks.written_date
    from pulse_checks
    inner join sessions on pulse_checks.session_id = sessions.session_id
)

select * from final
