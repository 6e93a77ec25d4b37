with outcome_windows as (
    select
        session_id,
        patient_id,
        outcome_window_days,
        score,
        session_date
    from {{ ref('int_outcome_windows') }}
),

window_counts as (
    select
        session_id,
        pulse_check_count
    from {{ ref('int_window_counts') }}
    where window_days = 180
),

last_window as (
    select max(window_days) as window_days
    from {{ ref('ref_outcome_windows') }}
),

complete as (
    select
        session_id,
        patient_id,
        session_date,
        count(score) > 0 as has_follow_up
    from outcome_windows
    group by session_id, patient_id, session_date
    having max(outcome_window_days) = (select last_window.window_days from last_window)
),

ranked as (
    select
        *,
        row_number() over (
            partition by patient_id
            order by session_date asc, session_id asc
        ) as place
    from complete
),

final as (
    select
        ranked.session_id,
        ranked.patient_id,
        window_counts.pulse_check_count as answered_days,
        ranked.has_follow_up
    from ranked
    inner join window_counts on ranked.session_id = window_counts.session_id
    where ranked.place = 1
)

select * from final
