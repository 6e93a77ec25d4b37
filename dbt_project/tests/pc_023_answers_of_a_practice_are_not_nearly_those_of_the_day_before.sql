-- In a fortnight: the mean square of what a question's answer differs from the day before, over twice
-- the variance within the person. It is near 1 where a day hardly remembers the one before.
{{ config(severity='warn') }}

with answers as (
    select
        practice_id,
        session_id,
        question,
        answer,
        check_date,
        ({{ as_of() }} - check_date) / 14 as fortnights_ago
    from {{ ref('int_practice_answers') }}
    where
        answer is not null
        and check_date > {{ as_of() }} - 84
),

with_day_before as (
    select
        *,
        lag(answer) over by_day as answer_before,
        check_date - lag(check_date) over by_day as days_since
    from answers
    window by_day as (
        partition by session_id, question, fortnights_ago
        order by check_date
    )
),

people as (
    select
        practice_id,
        fortnights_ago,
        session_id,
        question,
        var_samp(answer) as variance,
        count(*) filter (where days_since = 1) as pairs,
        count(*) filter (where days_since = 1 and answer = answer_before) as same,
        sum((answer - answer_before) * (answer - answer_before))
            filter (where days_since = 1) as squares
    from with_day_before
    group by practice_id, fortnights_ago, session_id, question
    having count(*) >= 7
)

select
    practice_id,
    {{ as_of() }} - 14 * fortnights_ago - 13 as since,
    count(distinct session_id) as people,
    sum(pairs) as pairs,
    sum(same) as same
from people
where pairs > 0
group by practice_id, fortnights_ago
having
    count(distinct session_id) >= 3
    and sum(pairs) >= 100
    and (
        5 * sum(squares) < 4 * sum(pairs * variance)
        or 10 * sum(same) > 9 * sum(pairs)
    )
