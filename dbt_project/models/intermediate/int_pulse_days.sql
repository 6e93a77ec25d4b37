with pulse_checks as (
    select
        pulse_check_id,
        session_id,
        connection_level,
        sleep_quality,
        mood_level,
        energy_level,
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
        connection_level,
        sleep_quality,
        mood_level,
        energy_level,
        answers_given,
        -- Exact; marts round it.
        case
            when answers_given >= 3
                then {{ ratio(
                    'coalesce(connection_level, 0) + coalesce(sleep_quality, 0)'
                    ~ ' + coalesce(mood_level, 0) + coalesce(energy_level, 0)', 'answers_given'
                ) }}
        end as composite,
        days_post_session,
        source_rows,
        check_date
    from ranked
    where rank_in_day = 1
)

select * from final
