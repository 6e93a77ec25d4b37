{#- The columns of the contract are those of the work order's questions. -#}
{{ config(contract={'enforced': var('questions') == var('default_questions')}) }}

with pulse_days as (
    select *
    from {{ ref('int_pulse_days') }}
    where {{ is_touched('session_id') }}
),

ends as (
    select
        session_id,
        last_day_before_end
    from {{ ref('int_session_ends') }}
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
        rolling.session_id,
        rolling.days_post_session,
        rolling.days_post_session between 0 and 180
        and rolling.days_post_session <= coalesce(ends.last_day_before_end, 180) as is_journey_day,
        {%- for column in answer_columns() %}
        rolling.{{ column }},
        {%- endfor %}
        rolling.answers_given,
        {{ round_once('rolling.composite', 4) }}::numeric(6, 4) as composite,
        {%- for name in pulse_columns() %}
        case
            when rolling.{{ name }}_7d_days >= 4
                then {{ round_once('rolling.' ~ name ~ '_7d_mean', 4) }}
        end::numeric(6, 4) as {{ name }}_7d_mean,
        rolling.{{ name }}_7d_days,
        {%- endfor %}
        rolling.check_date
    from rolling
    left join ends on rolling.session_id = ends.session_id
)

select * from final
