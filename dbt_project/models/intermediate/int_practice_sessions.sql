-- Sessions without a practitioner are set aside elsewhere. Here they are a practice of their own,
-- whose key is the nil UUID.
with sessions as (
    select
        session_id,
        practitioner_id,
        patient_id,
        session_date
    from {{ ref('stg_sessions') }}
    where
        coalesce(quarantine_reason, 'no_practitioner') = 'no_practitioner'
        and session_date <= {{ as_of() }}
        and {{ is_touched('session_id', of_view=true) }}
),

ends as (
    select
        session_id,
        last_day_before_end
    from {{ ref('int_session_ends') }}
    where {{ is_touched('session_id') }}
),

final as (
    select
        sessions.session_id,
        coalesce(
            sessions.practitioner_id, cast('00000000-0000-0000-0000-000000000000' as uuid)
        ) as practice_id,
        sessions.patient_id,
        least(180, coalesce(ends.last_day_before_end, 180)) as last_day_due,
        sessions.session_date
    from sessions
    left join ends on sessions.session_id = ends.session_id
)

select * from final
