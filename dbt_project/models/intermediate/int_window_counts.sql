{{ config(meta={'moves_until': ([181] + var('compliance_windows')) | max}) }}

with sessions as (
    select
        session_id,
        days_run
    from {{ ref('int_journeys') }}
    where {{ is_touched('session_id', of_view=true) }}
),

pulse_counts as (
    select
        session_id,
        window_days,
        pulse_check_count,
        pulse_checks_so_far,
        complete_days,
        longest_gap_days,
        last_day,
        duplicate_pulse_check_rows,
        pulse_check_rows_before_session,
        pulse_check_rows_after_window
    from {{ ref('int_pulse_window_counts') }}
    where {{ is_touched('session_id', of_view=true) }}
),

other_days as (
    select
        session_id,
        days_post_session,
        'assessment' as kind
    from {{ ref('int_assessments') }}
    where {{ is_touched('session_id') }}
    union all
    select
        session_id,
        days_post_session,
        'therapy_session' as kind
    from {{ ref('stg_integration_sessions') }}
    where
        quarantine_reason is null
        and session_type = 'INTEGRATION_THERAPY'
        and is_completed
        and {{ is_touched('session_id') }}
),

-- Expected is the work order's for the whole window; due is what the calendar allows by as_of and
-- by the day of the end.
windows as (
    select
        sessions.session_id,
        windows.window_days,
        sessions.days_run,
        windows.window_days as expected_pulse_checks,
        {{ quotient('windows.window_days + 6', 7) }} as expected_assessments,
        {{ quotient('windows.window_days + 29', 30) }} as expected_integration_sessions,
        least(sessions.days_run, windows.window_days) as due_pulse_checks
    from sessions
    cross join {{ constants(var('compliance_windows')) }} as windows (window_days)
),

other_counts as (
    select
        other_days.session_id,
        windows.window_days,
        count(*) filter (where other_days.kind = 'assessment') as assessments,
        count(*) filter (
            where
            other_days.kind = 'assessment'
            and other_days.days_post_session <= windows.days_run
        ) as assessments_so_far,
        count(*) filter (where other_days.kind = 'therapy_session') as therapy_sessions,
        count(*) filter (
            where
            other_days.kind = 'therapy_session'
            and other_days.days_post_session <= windows.days_run
        ) as therapy_sessions_so_far
    from other_days
    inner join windows
        on
            other_days.session_id = windows.session_id
            and other_days.days_post_session between 0 and windows.window_days
    group by other_days.session_id, windows.window_days
),

final as (
    select
        windows.session_id,
        windows.window_days,
        windows.expected_pulse_checks,
        windows.expected_assessments,
        windows.expected_integration_sessions,
        windows.due_pulse_checks,
        {{ quotient('windows.due_pulse_checks', 7) }} as due_assessments,
        {{ quotient('windows.due_pulse_checks', 30) }} as due_integration_sessions,
        coalesce(pulse_counts.pulse_check_count, 0)::integer as pulse_check_count,
        coalesce(other_counts.assessments, 0)::integer as assessment_count,
        coalesce(other_counts.therapy_sessions, 0)::integer as integration_session_count,
        coalesce(pulse_counts.pulse_checks_so_far, 0)::integer as pulse_checks_so_far,
        coalesce(other_counts.assessments_so_far, 0)::integer as assessments_so_far,
        coalesce(other_counts.therapy_sessions_so_far, 0)::integer
            as integration_sessions_so_far,
        coalesce(pulse_counts.complete_days, 0)::integer as complete_days,
        -- The day after the last due one ends the last gap.
        case
            when windows.due_pulse_checks > 0
                then greatest(
                    pulse_counts.longest_gap_days,
                    windows.due_pulse_checks - coalesce(pulse_counts.last_day, 0)
                )
        end::integer as longest_gap_days,
        (windows.due_pulse_checks - pulse_counts.last_day)::integer
            as days_since_last_pulse_check,
        coalesce(pulse_counts.duplicate_pulse_check_rows, 0)::integer as duplicate_pulse_check_rows,
        coalesce(pulse_counts.pulse_check_rows_before_session, 0)::integer
            as pulse_check_rows_before_session,
        coalesce(pulse_counts.pulse_check_rows_after_window, 0)::integer
            as pulse_check_rows_after_window
    from windows
    left join pulse_counts
        on
            windows.session_id = pulse_counts.session_id
            and windows.window_days = pulse_counts.window_days
    left join other_counts
        on
            windows.session_id = other_counts.session_id
            and windows.window_days = other_counts.window_days
)

select * from final
