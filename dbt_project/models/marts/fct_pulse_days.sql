with pulse_days as (
    select
        session_id,
        connection_level,
        sleep_quality,
        mood_level,
        energy_level,
        composite,
        answers_given,
        days_post_session,
        check_date
    from {{ ref('int_pulse_days') }}
    where {{ is_touched('session_id') }}
),

-- Seven calendar days, not seven rows: a gap makes the window thinner, never longer.
rolling as (
    select
        {%- for name, column in pulse_columns().items() %}
        avg({{ column }}) over seven_days as {{ name }}_7d_mean,
        count({{ column }}) over seven_days as {{ name }}_7d_days,
        {%- endfor %}
        *
    from pulse_days
    window seven_days as (
        partition by session_id
        order by days_post_session
        range between 6 preceding and current row
    )
),

final as (
    select
        session_id,
        days_post_session,
        days_post_session between 0 and 180 as is_journey_day,
        connection_level,
        sleep_quality,
        mood_level,
        energy_level,
        answers_given,
        {{ round_once('composite', 4) }} as composite,
        {%- for name in pulse_columns() %}
        case
            when {{ name }}_7d_days >= 4
                then {{ round_once(name ~ '_7d_mean', 4) }}
        end as {{ name }}_7d_mean,
        {{ name }}_7d_days,
        {%- endfor %}
        check_date
    from rolling
)

select * from final
