with pulse_days as (
    select
        session_id,
        {%- for column in answer_columns() %}
        {{ column }},
        {%- endfor %}
        answers_given,
        composite,
        days_post_session,
        source_rows,
        check_date
    from {{ ref('int_pulse_days') }}
),

ends as (
    select
        session_id,
        last_day_before_end
    from {{ ref('int_session_ends') }}
),

final as (
    select pulse_days.*
    from pulse_days
    left join ends on pulse_days.session_id = ends.session_id
    where
        pulse_days.days_post_session between 0 and 180
        and pulse_days.days_post_session <= coalesce(ends.last_day_before_end, 180)
)

select * from final
