{{ config(meta={'moves_until': ([181] + var('compliance_windows')) | max}) }}
{%- set windows = var('compliance_windows') | sort %}
with sessions as (
    select
        session_id,
        {{ days_between(as_of(), 'session_date') }} as days_elapsed
    from {{ ref('int_sessions') }}
    where {{ is_touched('session_id') }}
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

-- Expected is the work order's for the whole window; due is what the calendar allows by as_of.
-- Rows after as_of are set aside, so that what was done is the same in both.
windows as (
    select
        sessions.session_id,
        windows.window_days,
        windows.window_days as expected_pulse_checks,
        {{ quotient('windows.window_days + 6', 7) }} as expected_assessments,
        {{ quotient('windows.window_days + 29', 30) }} as expected_integration_sessions,
        least(sessions.days_elapsed, windows.window_days) as due_pulse_checks
    from sessions
    cross join {{ constants(windows) }} as windows (window_days)
),

-- Day 0 starts the count of missed days.
followed_days as (
    select
        session_id,
        answers_given,
        days_post_session,
        source_rows,
        days_post_session - greatest(
            lag(days_post_session) over (
                partition by session_id
                order by days_post_session
            ), 0
        ) - 1 as days_missed_before
    from {{ ref('int_pulse_days') }}
    where {{ is_touched('session_id') }}
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
        pulse_spans.session_id,
        windows.window_days,
        {%- for count, sum in {
            'done': 'sum(pulse_spans.days)',
            'complete_days': 'sum(pulse_spans.complete_days)',
            'last_day': 'max(pulse_spans.last_day)',
            'duplicate_rows': 'sum(pulse_spans.source_rows - pulse_spans.days)',
            'longest_gap_days': 'max(pulse_spans.longest_gap_days)',
        }.items() %}
        {{ sum }} filter (
            where pulse_spans.span between 0 and windows.window_days
        ) as {{ count }},
        {%- endfor %}
        sum(pulse_spans.source_rows) filter (where pulse_spans.span < 0) as rows_before_session,
        sum(pulse_spans.source_rows) filter (where pulse_spans.span > windows.window_days)
            as rows_after_window
    from pulse_spans
    cross join {{ constants(windows) }} as windows (window_days)
    group by pulse_spans.session_id, windows.window_days
),

other_counts as (
    select
        other_days.session_id,
        windows.window_days,
        count(*) filter (where other_days.kind = 'assessment') as assessments,
        count(*) filter (where other_days.kind = 'therapy_session') as therapy_sessions
    from other_days
    inner join {{ constants(windows) }} as windows (window_days)
        on other_days.days_post_session between 0 and windows.window_days
    group by other_days.session_id, windows.window_days
),

final as (
    select
        windows.*,
        {{ quotient('windows.due_pulse_checks', 7) }} as due_assessments,
        {{ quotient('windows.due_pulse_checks', 30) }} as due_integration_sessions,
        coalesce(pulse_counts.done, 0)::integer as pulse_check_count,
        coalesce(other_counts.assessments, 0)::integer as assessment_count,
        coalesce(other_counts.therapy_sessions, 0)::integer as integration_session_count,
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
        coalesce(pulse_counts.duplicate_rows, 0)::integer as duplicate_pulse_check_rows,
        coalesce(pulse_counts.rows_before_session, 0)::integer as pulse_check_rows_before_session,
        coalesce(pulse_counts.rows_after_window, 0)::integer as pulse_check_rows_after_window
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
