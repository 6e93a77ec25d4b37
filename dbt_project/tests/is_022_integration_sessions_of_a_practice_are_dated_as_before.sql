-- Days from the day of a visit to its completion, where they are few: the mean of four weeks against
-- all before. A shift by a day moves it by 1.
{{ config(severity='warn') }}

with stretches as (
    select
        practice_id,
        ({{ as_of() }} - visit_date) / 28 as stretches_ago,
        count(*) as visits,
        sum(completed_date - visit_date) as days
    from {{ ref('int_practice_visits') }}
    where
        completed_date - visit_date between -2 and 2
        and visit_date > {{ as_of() }} - 280
    group by practice_id, ({{ as_of() }} - visit_date) / 28
),

with_stretches_before as (
    select
        *,
        sum(visits) over stretches_before as visits_before,
        sum(days) over stretches_before as days_before
    from stretches
    window stretches_before as (
        partition by practice_id
        order by stretches_ago desc
        rows between unbounded preceding and 1 preceding
    )
)

select
    practice_id,
    {{ as_of() }} - 28 * stretches_ago - 27 as stretch_begins,
    visits,
    round(1.0 * days / visits, 2) as mean_days,
    round(1.0 * days_before / visits_before, 2) as mean_days_before
from with_stretches_before
where
    stretches_ago < 3
    and visits >= 12
    and visits_before >= 24
    and abs(1.0 * days / visits - 1.0 * days_before / visits_before) >= 0.6
