{%- set windows = var('compliance_windows') | sort %}

with pulse_days as (
    select
        session_id,
        answers_given,
        days_post_session,
        source_rows
    from {{ ref('int_pulse_days') }}
),

ends as (
    select
        session_id,
        last_day_before_end
    from {{ ref('int_session_ends') }}
),

-- Day 0 starts the count of missed days.
followed_days as (
    select
        pulse_days.*,
        pulse_days.days_post_session - greatest(
            lag(pulse_days.days_post_session) over (
                partition by pulse_days.session_id
                order by pulse_days.days_post_session
            ), 0
        ) - 1 as days_missed_before,
        coalesce(pulse_days.days_post_session <= ends.last_day_before_end, true)
            as is_before_end
    from pulse_days
    left join ends on pulse_days.session_id = ends.session_id
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
        count(*) filter (where answers_given = {{ answer_columns() | length }}) as complete_days,
        count(*) filter (where is_before_end) as days_so_far,
        max(days_post_session) filter (where is_before_end) as last_day,
        sum(source_rows) as source_rows,
        max(days_missed_before) filter (where is_before_end) as longest_gap_days
    from followed_days
    group by session_id, span
),

final as (
    select
        pulse_spans.session_id,
        windows.window_days,
        {%- for count, sum in {
            'pulse_check_count': 'sum(pulse_spans.days)',
            'pulse_checks_so_far': 'sum(pulse_spans.days_so_far)',
            'complete_days': 'sum(pulse_spans.complete_days)',
            'last_day': 'max(pulse_spans.last_day)',
            'duplicate_pulse_check_rows': 'sum(pulse_spans.source_rows - pulse_spans.days)',
            'longest_gap_days': 'max(pulse_spans.longest_gap_days)',
        }.items() %}
        {{ sum }} filter (where pulse_spans.span between 0 and windows.window_days) as {{ count }},
        {%- endfor %}
        sum(pulse_spans.source_rows) filter (where pulse_spans.span < 0)
            as pulse_check_rows_before_session,
        sum(pulse_spans.source_rows) filter (where pulse_spans.span > windows.window_days)
            as pulse_check_rows_after_window
    from pulse_spans
    cross join {{ constants(windows) }} as windows (window_days)
    group by pulse_spans.session_id, windows.window_days
)

select * from final
