-- Thirty running that are positive, of twenty people and types or more: somebody may report one habit
-- again and again.
{{ config(severity='warn') }}

with changes as (
    select
        sessions.practice_id,
        changes.session_id,
        changes.change_type,
        changes.change_date,
        max(changes.change_date) filter (where changes.change_sentiment <> 'POSITIVE')
            over (partition by sessions.practice_id) as last_other
    from {{ ref('stg_behavioral_changes') }} as changes
    inner join {{ ref('int_practice_sessions') }} as sessions
        on changes.session_id = sessions.session_id
    where
        coalesce(changes.quarantine_reason, 'session_set_aside') = 'session_set_aside'
        and changes.change_date <= {{ as_of() }}
)

select
    practice_id,
    min(change_date) as since,
    count(*) as changes
from changes
where coalesce(change_date > last_other, true)
group by practice_id
having
    count(*) >= 30
    and count(distinct (session_id, change_type)) >= 20
