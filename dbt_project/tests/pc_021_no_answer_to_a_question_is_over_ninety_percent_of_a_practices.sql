-- In four weeks or in twelve, of a hundred answers or more.
{{ config(severity='warn') }}

with counted as (
    select
        practice_id,
        question,
        round(answer) as answer,
        ({{ as_of() }} - check_date) / 28 as months_ago,
        count(*) as answers,
        min(check_date) as since
    from {{ ref('int_practice_answers') }}
    where
        answer is not null
        and check_date > {{ as_of() }} - 84
    group by grouping sets (
        (practice_id, question, round(answer), ({{ as_of() }} - check_date) / 28),
        (practice_id, question, round(answer))
    )
),

shares as (
    select
        practice_id,
        question,
        answer,
        since,
        answers,
        sum(answers) over (partition by practice_id, question, months_ago) as all_answers
    from counted
)

select *
from shares
where
    all_answers >= 100
    and 10 * answers > 9 * all_answers
