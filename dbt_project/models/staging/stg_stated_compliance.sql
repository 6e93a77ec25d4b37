-- Written from the docs; shares no code with fct_session_compliance.
-- Compared with it where the SQL functions are not there.

with windows as (
    select
        window_days,
        window_days as due_pulse_checks,
        {{ quotient('window_days + 6', 7) }} as due_assessments,
        {{ quotient('window_days + 29', 30) }} as due_integration_sessions
    from (values (7), (30), (90), (180)) as windows (window_days)
),

session_windows as (
    select
        sessions.session_id,
        {{ utc_day('session_date') }} as first_day,
        {{ utc_day('session_date') }} + windows.window_days as last_day,
        windows.window_days
    from {{ source('operational', 'log_sessions') }} as sessions
    cross join windows
),

pulse_days as (
    select distinct
        session_id,
        'pulse_check' as entry_kind,
        check_date as entry_day
    from {{ source('operational', 'log_pulse_checks') }}
),

assessments_done as (
    select
        session_id,
        'assessment' as entry_kind,
        {{ utc_day('session_date') }} as entry_day
    from {{ source('operational', 'log_integration_sessions') }}
    where
        false
        {%- for one in var('instruments') %}
        or (session_type = '{{ one.session_type }}' and (completed or {{ one.column }} is not null))
        {%- endfor %}
),

therapy_done as (
    select
        session_id,
        'integration_session' as entry_kind,
        {{ utc_day('session_date') }} as entry_day
    from {{ source('operational', 'log_integration_sessions') }}
    where
        session_type = 'INTEGRATION_THERAPY'
        and completed
),

entries_done as (
    select
        session_id,
        entry_kind,
        entry_day
    from pulse_days
    union all
    select
        session_id,
        entry_kind,
        entry_day
    from assessments_done
    union all
    select
        session_id,
        entry_kind,
        entry_day
    from therapy_done
),

window_entries as (
    select
        session_windows.session_id,
        session_windows.window_days,
        count(*) filter (where entries_done.entry_kind = 'pulse_check') as pulse_checks,
        count(*) filter (where entries_done.entry_kind = 'assessment') as assessments,
        count(*) filter (
            where entries_done.entry_kind = 'integration_session'
        ) as integration_sessions
    from session_windows
    left join entries_done
        on
            session_windows.session_id = entries_done.session_id
            and session_windows.first_day <= entries_done.entry_day
            and session_windows.last_day >= entries_done.entry_day
    group by session_windows.session_id, session_windows.window_days
),

-- What is beyond the expected number is counted, and earns nothing.
credited_entries as (
    select
        window_entries.session_id,
        window_entries.window_days,
        window_entries.pulse_checks,
        window_entries.assessments,
        window_entries.integration_sessions,
        {{ real('windows.due_pulse_checks') }} as due_pulse_checks,
        {{ real('windows.due_assessments') }} as due_assessments,
        {{ real('windows.due_integration_sessions') }} as due_integration_sessions,
        least(window_entries.pulse_checks, windows.due_pulse_checks) as paid_pulse_checks,
        least(window_entries.assessments, windows.due_assessments) as paid_assessments,
        least(
            window_entries.integration_sessions, windows.due_integration_sessions
        ) as paid_integration_sessions
    from window_entries
    inner join windows on window_entries.window_days = windows.window_days
),

-- The weighted sum over one common denominator: exact until it is rounded, once.
final as (
    select
        session_id,
        window_days,
        pulse_checks::integer as pulse_check_count,
        round({{ ratio('100 * paid_pulse_checks', 'due_pulse_checks') }}, 2)
            as pulse_check_percentage,
        assessments::integer as assessment_count,
        round({{ ratio('100 * paid_assessments', 'due_assessments') }}, 2) as assessment_percentage,
        integration_sessions::integer as integration_session_count,
        round({{ ratio('100 * paid_integration_sessions', 'due_integration_sessions') }}, 2)
            as integration_session_percentage,
        round({{ ratio(
            '40 * paid_pulse_checks * due_assessments * due_integration_sessions'
            ~ ' + 40 * paid_assessments * due_pulse_checks * due_integration_sessions'
            ~ ' + 20 * paid_integration_sessions * due_pulse_checks * due_assessments',
            '(due_pulse_checks * due_assessments * due_integration_sessions)'
        ) }})::integer as overall_compliance_score
    from credited_entries
)

select * from final
