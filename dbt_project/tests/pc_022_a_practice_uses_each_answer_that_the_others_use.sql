-- In 250 answers to a question or more since a value was given last, where it would have been given
-- thirty times at the share that it has among all practices.
{{ config(severity='warn') }}

with answers as (
    select
        practice_id,
        question,
        round(answer) as answer,
        check_date
    from {{ ref('int_practice_answers') }}
    where
        answer is not null
        and check_date > {{ as_of() }} - 182
),

by_day as (
    select
        practice_id,
        question,
        answer,
        check_date,
        count(*) as answers
    from answers
    group by practice_id, question, answer, check_date
),

shares as (
    select
        question,
        answer,
        1.0 * sum(answers) / sum(sum(answers)) over (partition by question) as share
    from by_day
    group by question, answer
),

last_given as (
    select
        practices.practice_id,
        shares.question,
        shares.answer,
        shares.share,
        max(by_day.check_date) as last_date
    from (select distinct practice_id from by_day) as practices
    cross join shares
    left join by_day
        on
            practices.practice_id = by_day.practice_id
            and shares.question = by_day.question
            and shares.answer = by_day.answer
    group by practices.practice_id, shares.question, shares.answer, shares.share
)

select
    last_given.practice_id,
    last_given.question,
    last_given.answer,
    last_given.last_date,
    sum(by_day.answers) as answers_since,
    round(sum(by_day.answers) * last_given.share, 1) as would_be
from last_given
inner join by_day
    on
        last_given.practice_id = by_day.practice_id
        and last_given.question = by_day.question
        and coalesce(by_day.check_date > last_given.last_date, true)
group by
    last_given.practice_id, last_given.question, last_given.answer, last_given.last_date,
    last_given.share
having
    sum(by_day.answers) >= 250
    and sum(by_day.answers) * last_given.share >= 30
