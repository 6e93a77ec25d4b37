-- Weeks 1 to 4: week 0 is the afterglow.
with session_weeks as (
    select *
    from {{ ref('int_session_weeks') }}
    where
        week_post_session between 1 and 4
        and {{ is_touched('session_id') }}
),

summed as (
    select
        session_weeks.session_id,
        {{ pulse_sums('session_weeks') }}
    from session_weeks
    group by session_weeks.session_id
),

final as (
    select
        {%- for metric in pulse_columns() %}
        {{ metric }}_twelfths::integer as {{ metric }}_twelfths,
        {{ metric }}_days::integer as {{ metric }}_days,
        {%- endfor %}
        session_id
    from summed
    where {{ pulse_columns() | join('_days + ') }}_days > 0
)

select * from final
