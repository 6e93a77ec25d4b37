-- Within people, what a question's answer differs by from their mean goes along with what the other
-- questions' answers do. A turned question goes against them.
{{ config(severity='warn') }}

with answers as (
    select
        practice_id,
        session_id,
        check_date,
        question,
        answer,
        1.0 * (total - answer) / nullif(answers_given - 1, 0) as others
    from {{ ref('int_practice_answers') }}
    where
        answer is not null
        and answers_given >= {{ least_answers() }}
        and check_date > {{ as_of() }} - 84
),

from_own_mean as (
    select
        practice_id,
        session_id,
        check_date,
        question,
        answer - avg(answer) over person as answer,
        others - avg(others) over person as others
    from answers
    window person as (partition by session_id, question)
)

select
    practice_id,
    question,
    min(check_date) as since,
    count(*) as answers,
    round(sum(answer * others) / sqrt(sum(answer * answer) * sum(others * others)), 2)
        as correlation
from from_own_mean
group by practice_id, question
having
    count(*) >= 100
    and count(distinct session_id) >= 3
    and sum(answer * others) < 0
    and sum(answer * others) * sum(answer * others)
    > 0.0225 * sum(answer * answer) * sum(others * others)
