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
        (windows.window_days + 6) / 7 as expected_assessments,
        (windows.window_days + 29) / 30 as expected_integration_sessions,
        least(sessions.days_elapsed, windows.window_days) as due_pulse_checks,
        least(sessions.days_elapsed, windows.window_days) / 7 as due_assessments,
        least(sessions.days_elapsed, windows.window_days) / 30 as due_integration_sessions
    from sessions
    cross join unnest(array{{ var('compliance_windows') }}) as windows (window_days)
),

pulse_counts as (
    select
        windows.session_id,
        windows.window_days,
        count(*) filter (
            where pulse_days.days_post_session between 0 and windows.window_days
        ) as done,
        count(*) filter (
            where
            pulse_days.days_post_session between 0 and windows.window_days
            and pulse_days.answers_given = 4
        ) as complete_days,
        max(pulse_days.days_post_session) filter (
            where pulse_days.days_post_session between 0 and windows.window_days
        ) as last_day,
        sum(pulse_days.source_rows - 1) filter (
            where pulse_days.days_post_session between 0 and windows.window_days
        ) as duplicate_rows,
        sum(pulse_days.source_rows) filter (
            where pulse_days.days_post_session < 0
        ) as rows_before_session,
        sum(pulse_days.source_rows) filter (
            where pulse_days.days_post_session > windows.window_days
        ) as rows_after_window
    from windows
    inner join pulse_days on windows.session_id = pulse_days.session_id
    group by windows.session_id, windows.window_days
),

-- Day 0 starts the count and the day after the last due one ends it.
gaps as (
    select
        observed.session_id,
        observed.window_days,
        lead(observed.day, 1, observed.due_pulse_checks + 1) over (
            partition by observed.session_id, observed.window_days
            order by observed.day
        ) - observed.day - 1 as days_missed
    from (
        select
            session_id,
            window_days,
            due_pulse_checks,
            0 as day
        from windows
        where due_pulse_checks > 0
        union all
        select
            windows.session_id,
            windows.window_days,
            windows.due_pulse_checks,
            pulse_days.days_post_session as day
        from windows
        inner join pulse_days
            on
                windows.session_id = pulse_days.session_id
                and pulse_days.days_post_session between 1 and windows.due_pulse_checks
    ) as observed
),

longest_gaps as (
    select
        session_id,
        window_days,
        max(days_missed) as longest_gap_days
    from gaps
    group by session_id, window_days
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
        longest_gaps.longest_gap_days,
        coalesce(assessment_counts.done, 0) as assessments,
        coalesce(therapy_counts.done, 0) as therapy_sessions
    from windows
    left join pulse_counts
        on
            windows.session_id = pulse_counts.session_id
            and windows.window_days = pulse_counts.window_days
    left join longest_gaps
        on
            windows.session_id = longest_gaps.session_id
            and windows.window_days = longest_gaps.window_days
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
            (
                40 * least(pulse_checks, expected_pulse_checks)
                * expected_assessments * expected_integration_sessions
                + 40 * least(assessments, expected_assessments)
                * expected_pulse_checks * expected_integration_sessions
                + 20 * least(therapy_sessions, expected_integration_sessions)
                * expected_pulse_checks * expected_assessments
            )::numeric
            / (expected_pulse_checks * expected_assessments * expected_integration_sessions)
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
        complete_days::integer,
        {{ capped_percentage('complete_days', 'pulse_checks') }} as complete_days_pct,
        longest_gap_days::integer,
        (due_pulse_checks - last_day)::integer as days_since_last_pulse_check,
        duplicate_rows::integer as duplicate_pulse_check_rows,
        rows_before_session::integer as pulse_check_rows_before_session,
        rows_after_window::integer as pulse_check_rows_after_window
    from counted
)

select * from final
