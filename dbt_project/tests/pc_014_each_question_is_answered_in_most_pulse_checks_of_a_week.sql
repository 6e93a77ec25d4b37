-- Questions and weeks post session, of thirty checks or more, where over a fifth is not answered.
{{ config(severity='warn') }}

select
    questions.question,
    pulse_checks.days_post_session / 7 as week_post_session
from {{ ref('stg_pulse_checks') }} as pulse_checks
cross join {{ rows_of('question', answers_by_question('pulse_checks')) }} as questions
where
    pulse_checks.quarantine_reason is null
    and pulse_checks.days_post_session between 0 and 180
group by questions.question, pulse_checks.days_post_session / 7
having
    count(*) >= 30
    and 5 * count(*) filter (where questions.answer is null) > count(*)
