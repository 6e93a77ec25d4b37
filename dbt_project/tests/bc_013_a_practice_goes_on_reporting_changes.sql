-- Weeks in which people answer pulse checks, since a practice's last change: at the share of such weeks
-- that had a change before, twelve would have had one. And so for all practices together.
{{ config(severity='warn') }}

with weeks as (
    select
        practice_id,
        session_id,
        ({{ as_of() }} - check_date) / 7 as weeks_ago
    from {{ ref('int_practice_checks') }}
    where days_post_session between 0 and 180
    group by practice_id, session_id, ({{ as_of() }} - check_date) / 7
),

changes as (
    select distinct
        session_id,
        ({{ as_of() }} - change_date) / 7 as weeks_ago
    from {{ ref('stg_behavioral_changes') }}
    where
        coalesce(quarantine_reason, 'session_set_aside') = 'session_set_aside'
        and change_date <= {{ as_of() }}
),

counted as (
    select
        weeks.practice_id,
        weeks.weeks_ago,
        count(*) as weeks,
        count(changes.session_id) as with_change
    from weeks
    left join changes
        on
            weeks.session_id = changes.session_id
            and weeks.weeks_ago = changes.weeks_ago
    group by grouping sets ((weeks.practice_id, weeks.weeks_ago), (weeks.weeks_ago))
),

since_last as (
    select
        *,
        min(weeks_ago) filter (where with_change > 0) over (partition by practice_id)
            as last_weeks_ago
    from counted
)

select
    practice_id,
    {{ as_of() }} - 7 * last_weeks_ago as last_date,
    sum(weeks) filter (where weeks_ago < last_weeks_ago) as weeks_without,
    sum(weeks) filter (where weeks_ago >= last_weeks_ago) as weeks_before,
    sum(with_change) as weeks_with_change
from since_last
group by practice_id, last_weeks_ago
having
    sum(weeks) filter (where weeks_ago < last_weeks_ago) * sum(with_change)
    >= 12 * sum(weeks) filter (where weeks_ago >= last_weeks_ago)
