-- The days elapsed move for every session.
{{ config(meta={'moves_with_as_of': true}) }}

with sessions as (
    select
        session_id,
        practitioner_id,
        patient_id,
        session_date,
        cohort_month
    from {{ ref('int_sessions') }}
    where {{ is_touched('session_id') }}
),

ends as (
    select
        session_id,
        end_reason,
        ended_days_post_session
    from {{ ref('int_session_ends') }}
    where
        ended_days_post_session <= 180
        and {{ is_touched('session_id') }}
),

elapsed as (
    select
        *,
        {{ days_between(as_of(), 'session_date') }} as days_elapsed
    from sessions
),

final as (
    select
        elapsed.session_id,
        elapsed.practitioner_id,
        elapsed.patient_id,
        case
            when ends.session_id is not null then 'ended'
            when elapsed.days_elapsed <= 180 then 'active'
            else 'complete'
        end as state,
        ends.end_reason,
        elapsed.days_elapsed,
        ends.ended_days_post_session,
        elapsed.session_date,
        elapsed.cohort_month
    from elapsed
    left join ends on elapsed.session_id = ends.session_id
)

select * from final
