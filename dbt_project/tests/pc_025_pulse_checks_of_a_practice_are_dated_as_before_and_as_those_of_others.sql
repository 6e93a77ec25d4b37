-- Days until a check was written, where they are few: the mean of a week against all weeks before. A
-- shift by a day moves it by 1.
{{ config(severity='warn') }}

with weeks as (
    select
        practice_id,
        ({{ as_of() }} - check_date) / 7 as weeks_ago,
        count(*) as checks,
        sum(days_until_written) as days
    from {{ ref('int_practice_checks') }}
    where
        days_until_written between -2 and 2
        and check_date > {{ as_of() }} - 266
    group by practice_id, ({{ as_of() }} - check_date) / 7
),

with_weeks_before as (
    select
        *,
        sum(checks) over weeks_before as checks_before,
        sum(days) over weeks_before as days_before
    from weeks
    window weeks_before as (
        partition by practice_id
        order by weeks_ago desc
        rows between unbounded preceding and 1 preceding
    )
)

select
    practice_id,
    {{ as_of() }} - 7 * weeks_ago - 6 as week_begins,
    checks,
    round(1.0 * days / checks, 2) as mean_days,
    round(1.0 * days_before / checks_before, 2) as mean_days_before
from with_weeks_before
where
    weeks_ago < 12
    and checks >= 15
    and checks_before >= 30
    and abs(1.0 * days / checks - 1.0 * days_before / checks_before) >= 0.6
