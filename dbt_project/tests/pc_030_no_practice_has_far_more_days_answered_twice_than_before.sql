-- Days that a practice's people answered twice, in each of the last three times four weeks: ten or
-- more, and four times what its share before then leads to expect, or else the network's.
{{ config(severity='warn') }}

with days as (
    select
        practice_id,
        session_id,
        check_date,
        ({{ as_of() }} - check_date) / 28 as months_ago,
        count(*) > 1 as is_twice
    from {{ ref('int_practice_checks') }}
    where check_date > {{ as_of() }} - 266
    group by practice_id, session_id, check_date
),

months as (
    select
        practice_id,
        months_ago,
        count(*) as days,
        count(*) filter (where is_twice) as twice
    from days
    group by practice_id, months_ago
),

with_months_before as (
    select
        *,
        sum(days) over months_before as days_before,
        sum(twice) over months_before as twice_before,
        sum(days) over () as days_of_all,
        sum(twice) over () as twice_of_all
    from months
    window months_before as (
        partition by practice_id
        order by months_ago desc
        rows between unbounded preceding and 1 preceding
    )
)

select
    practice_id,
    {{ as_of() }} - 28 * months_ago - 27 as since,
    days,
    twice,
    days_before,
    twice_before
from with_months_before
where
    months_ago < 3
    and twice >= 10
    and case
        when days_before >= 100 then twice * days_before >= 4 * days * twice_before
        else twice * days_of_all >= 4 * days * twice_of_all
    end
