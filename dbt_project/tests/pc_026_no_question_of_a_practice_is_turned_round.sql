-- Three weeks before and after each week of the last eleven: somebody's mean m came out nearer to 6 - m
-- than to m. People whose mean lies near 3 would not show it.
{{ config(severity='warn') }}

with answers as (
    select
        practice_id,
        session_id,
        question,
        ({{ as_of() }} - check_date) / 7 as weeks_ago,
        count(*) as answers,
        sum(answer) as total
    from {{ ref('int_practice_answers') }}
    where
        answer is not null
        and check_date > {{ as_of() }} - 105
    group by
        practice_id, session_id, question,
        ({{ as_of() }} - check_date) / 7
),

both_sides as (
    select
        answers.practice_id,
        answers.session_id,
        answers.question,
        since.weeks_ago,
        1.0 * sum(answers.total) filter (where answers.weeks_ago >= since.weeks_ago)
        / sum(answers.answers) filter (where answers.weeks_ago >= since.weeks_ago) as before,
        1.0 * sum(answers.total) filter (where answers.weeks_ago < since.weeks_ago)
        / sum(answers.answers) filter (where answers.weeks_ago < since.weeks_ago) as after
    from answers
    inner join generate_series(1, 12) as since (weeks_ago)
        on answers.weeks_ago between since.weeks_ago - 3 and since.weeks_ago + 2
    group by
        answers.practice_id, answers.session_id, answers.question, since.weeks_ago
    having
        sum(answers.answers) filter (where answers.weeks_ago >= since.weeks_ago) >= 4
        and sum(answers.answers) filter (where answers.weeks_ago < since.weeks_ago) >= 4
)

select
    practice_id,
    question,
    {{ as_of() }} - 7 * weeks_ago + 1 as since,
    count(*) as people,
    count(*) filter (where 2 * abs(after - (6 - before)) < abs(after - before)) as turned
from both_sides
where abs(before - 3) >= 0.5
group by practice_id, question, weeks_ago
having
    count(*) >= 4
    and 100 * count(*) filter (where 2 * abs(after - (6 - before)) < abs(after - before))
    >= count(*) * case when count(*) = 4 then 75 else 60 end
