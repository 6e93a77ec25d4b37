-- The variability within a pulse check is 0 in each of 28, or in nine of ten of forty: one answer for
-- all questions. Where one value has 97.5 % of all answers, that is so, too.
{{ config(severity='warn') }}

select
    session_id,
    min(check_date) as since,
    count(*) as checks,
    count(*) filter (
        where
            greatest({{ answer_columns() | join(', ') }})
            = least({{ answer_columns() | join(', ') }})
    ) as alike
from {{ ref('int_practice_checks') }}
where
    answers_given >= {{ least_answers() }}
    and check_date > {{ as_of() }} - 84
group by session_id
having
    count(*) >= 28
    and 100 * count(*) filter (
        where
            greatest({{ answer_columns() | join(', ') }})
            = least({{ answer_columns() | join(', ') }})
    ) >= count(*) * case when count(*) < 40 then 100 else 90 end
