-- Most people answer on the session's own day and hardly anybody on the day before. Where a practice
-- has it otherwise, its days are off by one, those of its sessions or those of its checks.
{{ config(severity='warn') }}

with first_days as (
    select
        practice_id,
        session_id,
        min(days_post_session) as first_day
    from {{ ref('int_practice_checks') }}
    where
        days_post_session between -1 and 4
        and check_date > {{ as_of() }} - 266
    group by practice_id, session_id
),

practices as (
    select
        practice_id,
        count(*) as sessions,
        count(*) filter (where first_day = -1) as day_before,
        count(*) filter (where first_day = 0) as own_day
    from first_days
    group by practice_id
),

beside_others as (
    select
        *,
        sum(sessions) over () - sessions as others,
        sum(day_before) over () - day_before as others_day_before,
        sum(own_day) over () - own_day as others_own_day
    from practices
)

select *
from beside_others
where
    sessions >= 6
    and others >= 12
    and (
        (6 * own_day <= sessions and 2 * others_own_day >= others)
        or (2 * day_before >= sessions and 6 * others_day_before <= others)
    )
