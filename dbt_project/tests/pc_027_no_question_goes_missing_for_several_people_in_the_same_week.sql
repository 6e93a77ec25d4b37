-- People with three pulse checks or more in a week, none with an answer to the question that they had
-- answered in four of five in the four weeks before.
{{ config(severity='warn') }}

with answers as (
    select
        session_id,
        question,
        ({{ as_of() }} - check_date) / 7 as weeks_ago,
        count(*) as checks,
        count(answer) as answers
    from {{ ref('int_practice_answers') }}
    where check_date > {{ as_of() }} - 112
    group by
        session_id, question, ({{ as_of() }} - check_date) / 7
),

with_weeks_before as (
    select
        *,
        sum(checks) over weeks_before as checks_before,
        sum(answers) over weeks_before as answers_before
    from answers
    window weeks_before as (
        partition by session_id, question
        order by weeks_ago desc
        range between 4 preceding and 1 preceding
    )
)

select
    question,
    {{ as_of() }} - 7 * weeks_ago - 6 as week_begins,
    count(*) as people,
    count(*) filter (where answers = 0) as without_answer
from with_weeks_before
where
    weeks_ago < 12
    and checks >= 3
    and checks_before >= 5
    and 5 * answers_before >= 4 * checks_before
group by question, weeks_ago
having
    count(*) filter (where answers = 0) >= 3
    and 50 * count(*) filter (where answers = 0) >= count(*)
