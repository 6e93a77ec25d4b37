{%- set windows = var('compliance_windows') | sort %}

with sessions as (
    select
        session_id,
        days_elapsed
    from {{ ref('dim_sessions') }}
    where {{ is_touched('session_id') }}
),

pulse_days as (
    select
        session_id,
        answers_given,
        days_post_session,
        source_rows
    from {{ ref('int_pulse_days') }}
    where {{ is_touched('session_id') }}
),

assessments as (
    select
        session_id,
        days_post_session
    from {{ ref('int_assessments') }}
    where {{ is_touched('session_id') }}
),

therapy_sessions as (
    select
        session_id,
        days_post_session
    from {{ ref('stg_integration_sessions') }}
    where
        quarantine_reason is null
        and session_type = 'INTEGRATION_THERAPY'
        and is_completed
        and {{ is_touched('session_id') }}
),

-- Expected is the work order's for the whole window; due is what the calendar allows by as_of.
-- Rows after as_of are set aside, so that what was done is the same in both.
windows as (
    select
        sessions.session_id,
        windows.window_days,
        windows.window_days as expected_pulse_checks,
        {{ quotient('windows.window_days + 6', 7) }} as expected_assessments,
        {{ quotient('windows.window_days + 29', 30) }} as expected_integration_sessions,
        least(sessions.days_elapsed, windows.window_days) as due_pulse_checks,
        {{ quotient('least(sessions.days_elapsed, windows.window_days)', 7) }} as due_assessments,
        {{ quotient('least(sessions.days_elapsed, windows.window_days)', 30) }}
            as due_integration_sessions
    from sessions
    cross join {{ constants(var('compliance_windows')) }} as windows (window_days)
),

-- Day 0 starts the count of missed days.
followed_days as (
    select
        *,
        days_post_session - greatest(
            lag(days_post_session) over (
                partition by session_id
                order by days_post_session
            ), 0
        ) - 1 as days_missed_before
    from pulse_days
),

-- By the shortest window that a day is in: a longer one adds up, and no day is gone through twice.
pulse_spans as (
    select
        session_id,
        case
            when days_post_session < 0 then -1
            {%- for window_days in windows %}
            when days_post_session <= {{ window_days }} then {{ window_days }}
            {%- endfor %}
            else {{ windows[-1] + 1 }}
        end as span,
        count(*) as days,
        count(*) filter (where answers_given = 4) as complete_days,
        max(days_post_session) as last_day,
        sum(source_rows) as source_rows,
        max(days_missed_before) as longest_gap_days
    from followed_days
    group by session_id, span
),

pulse_counts as (
    select
        windows.session_id,
        windows.window_days,
        sum(pulse_spans.days) filter (where pulse_spans.span between 0 and windows.window_days)
            as done,
        sum(pulse_spans.complete_days) filter (
            where pulse_spans.span between 0 and windows.window_days
        ) as complete_days,
        max(pulse_spans.last_day) filter (
            where pulse_spans.span between 0 and windows.window_days
        ) as last_day,
        sum(pulse_spans.source_rows - pulse_spans.days) filter (
            where pulse_spans.span between 0 and windows.window_days
        ) as duplicate_rows,
        sum(pulse_spans.source_rows) filter (where pulse_spans.span < 0) as rows_before_session,
        sum(pulse_spans.source_rows) filter (where pulse_spans.span > windows.window_days)
            as rows_after_window,
        max(pulse_spans.longest_gap_days) filter (
            where pulse_spans.span between 0 and windows.window_days
        ) as longest_gap_days
    from windows
    inner join pulse_spans on windows.session_id = pulse_spans.session_id
    group by windows.session_id, windows.window_days
),

assessment_counts as (
    select
        windows.session_id,
        windows.window_days,
        count(*) filter (
            where assessments.days_post_session between 0 and windows.window_days
        ) as done
    from windows
    inner join assessments on windows.session_id = assessments.session_id
    group by windows.session_id, windows.window_days
),

therapy_counts as (
    select
        windows.session_id,
        windows.window_days,
        count(*) filter (
            where therapy_sessions.days_post_session between 0 and windows.window_days
        ) as done
    from windows
    inner join therapy_sessions on windows.session_id = therapy_sessions.session_id
    group by windows.session_id, windows.window_days
),

counted as (
    select
        windows.*,
        coalesce(pulse_counts.done, 0) as pulse_checks,
        coalesce(pulse_counts.complete_days, 0) as complete_days,
        pulse_counts.last_day,
        coalesce(pulse_counts.duplicate_rows, 0) as duplicate_rows,
        coalesce(pulse_counts.rows_before_session, 0) as rows_before_session,
        coalesce(pulse_counts.rows_after_window, 0) as rows_after_window,
        -- The day after the last due one ends the last gap.
        case
            when windows.due_pulse_checks > 0
                then greatest(
                    pulse_counts.longest_gap_days,
                    windows.due_pulse_checks - coalesce(pulse_counts.last_day, 0)
                )
        end as longest_gap_days,
        coalesce(assessment_counts.done, 0) as assessments,
        coalesce(therapy_counts.done, 0) as therapy_sessions
    from windows
    left join pulse_counts
        on
            windows.session_id = pulse_counts.session_id
            and windows.window_days = pulse_counts.window_days
    left join assessment_counts
        on
            windows.session_id = assessment_counts.session_id
            and windows.window_days = assessment_counts.window_days
    left join therapy_counts
        on
            windows.session_id = therapy_counts.session_id
            and windows.window_days = therapy_counts.window_days
),

final as (
    select
        session_id,
        window_days,
        pulse_checks::integer as pulse_check_count,
        {{ capped_percentage('pulse_checks', 'expected_pulse_checks') }}
            as pulse_check_percentage,
        assessments::integer as assessment_count,
        {{ capped_percentage('assessments', 'expected_assessments') }}
            as assessment_percentage,
        therapy_sessions::integer as integration_session_count,
        {{ capped_percentage('therapy_sessions', 'expected_integration_sessions') }}
            as integration_session_percentage,
        -- One division over the common denominator, so that the rounding is exact.
        round(
            {{ ratio(
                '40 * least(pulse_checks, expected_pulse_checks)'
                ~ ' * expected_assessments * expected_integration_sessions'
                ~ ' + 40 * least(assessments, expected_assessments)'
                ~ ' * expected_pulse_checks * expected_integration_sessions'
                ~ ' + 20 * least(therapy_sessions, expected_integration_sessions)'
                ~ ' * expected_pulse_checks * expected_assessments',
                '(expected_pulse_checks * expected_assessments * expected_integration_sessions)'
            ) }}
        )::integer as overall_compliance_score,
        expected_pulse_checks,
        expected_assessments,
        expected_integration_sessions,
        due_pulse_checks,
        {{ capped_percentage('pulse_checks', 'due_pulse_checks') }} as pulse_check_adherence_pct,
        due_assessments,
        {{ capped_percentage('assessments', 'due_assessments') }} as assessment_adherence_pct,
        due_integration_sessions,
        {{ capped_percentage('therapy_sessions', 'due_integration_sessions') }}
            as integration_session_adherence_pct,
        complete_days::integer as complete_days,
        {{ capped_percentage('complete_days', 'pulse_checks') }} as complete_days_pct,
        longest_gap_days::integer as longest_gap_days,
        (due_pulse_checks - last_day)::integer as days_since_last_pulse_check,
        duplicate_rows::integer as duplicate_pulse_check_rows,
        rows_before_session::integer as pulse_check_rows_before_session,
        rows_after_window::integer as pulse_check_rows_after_window
    from counted
)

select * from final
