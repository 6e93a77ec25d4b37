with leaving as (
    select
        week_post_session,
        last_answered_week,
        patients
    from {{ ref('cell_pulse_leaving') }}
),

final as (
    select
        week_post_session,
        sum(patients)::integer as patients,
        coalesce(
            sum(patients) filter (where last_answered_week = week_post_session), 0
        )::integer as still_answering
    from leaving
    group by week_post_session
)

select * from final
