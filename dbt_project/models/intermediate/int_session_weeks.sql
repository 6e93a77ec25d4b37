with sessions as (
    select
        session_id,
        least(days_run, 180) as last_day
    from {{ ref('int_journeys') }}
    where {{ is_touched('session_id', of_view=true) }}
),

pulse_days as (
    select
        days.session_id,
        days.days_post_session,
        {{ pulse_twelfths('days') }}
    from {{ ref('int_journey_pulse_days') }} as days
    where {{ is_touched('days.session_id', of_view=true) }}
),

-- The session's own day may count but is never due.
spine as (
    select
        sessions.session_id,
        weeks.week_post_session,
        least(7 * weeks.week_post_session + 6, sessions.last_day)
        - greatest(7 * weeks.week_post_session, 1) + 1 as due_days
    from sessions
    cross join lateral {{ numbers(0, quotient('sessions.last_day', 7)) }}
        as weeks (week_post_session)
),

summed as (
    select
        pulse_days.session_id,
        {{ quotient('pulse_days.days_post_session', 7) }} as week_post_session,
        count(*) filter (where pulse_days.days_post_session > 0) as observed_days,
        {{ pulse_sums('pulse_days') }}
    from pulse_days
    group by pulse_days.session_id, {{ quotient('pulse_days.days_post_session', 7) }}
),

final as (
    select
        spine.session_id,
        spine.week_post_session,
        spine.due_days,
        {%- for metric in pulse_columns() %}
        summed.{{ metric }}_twelfths::integer as {{ metric }}_twelfths,
        coalesce(summed.{{ metric }}_days, 0)::integer as {{ metric }}_days,
        {%- endfor %}
        coalesce(summed.observed_days, 0)::integer as observed_days
    from spine
    left join summed
        on
            spine.session_id = summed.session_id
            and spine.week_post_session = summed.week_post_session
)

-- A session's rows lie together, so that a day fetches those of the touched ones alone.
select * from final
order by session_id
