-- Kept by patient: a session that is added, moved or deleted changes the row of the one before it.
{{ config(
    meta={
        'key': 'patient_id',
        'announces': ['session_id'],
        'announces_changes_alone': true,
        'moves_until': 0,
    },
    indexes=[{'columns': ['patient_id']}, {'columns': ['session_id']}],
) }}

with sessions as (
    select
        session_id,
        patient_id,
        session_date
    from {{ ref('int_sessions') }}
    where {{ is_touched('patient_id') }}
),

-- Two sessions of one day do not end each other.
days as (
    select
        patient_id,
        session_date,
        lead(session_date) over (
            partition by patient_id
            order by session_date
        ) as next_session_date
    from sessions
    group by patient_id, session_date
),

final as (
    select
        sessions.session_id,
        sessions.patient_id,
        {{ days_between('days.next_session_date', 'sessions.session_date') }}
            as next_session_days_post_session
    from sessions
    inner join days
        on
            sessions.patient_id = days.patient_id
            and sessions.session_date = days.session_date
)

select * from final
