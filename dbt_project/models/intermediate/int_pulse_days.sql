with pulse_checks as (
    select
        pulse_check_id,
        session_id,
        {%- for column in answer_columns() %}
        {{ column }},
        {%- endfor %}
        answers_given,
        days_post_session,
        check_date,
        created_at
    from {{ ref('stg_pulse_checks') }}
    where
        quarantine_reason is null
        and {{ is_touched('session_id', of_view=true) }}
),

-- One check a day: the most complete, then the latest, then the smallest id.
ranked as (
    select
        *,
        row_number() over (
            partition by session_id, check_date
            order by answers_given desc, created_at desc, pulse_check_id asc
        ) as rank_in_day,
        count(*) over (partition by session_id, check_date) as source_rows
    from pulse_checks
),

final as (
    select
        session_id,
        {%- for column in answer_columns() %}
        {{ column }},
        {%- endfor %}
        answers_given,
        -- Exact; marts round it.
        case
            when {{ number_present(composite_columns()) }} >= {{ least_answers() }}
                then {{ ratio(
                    sum_of_answers(composite_columns()),
                    '(' ~ number_present(composite_columns()) ~ ')'
                ) }}
        end as composite,
        days_post_session,
        source_rows,
        check_date
    from ranked
    where rank_in_day = 1
)

select * from final
