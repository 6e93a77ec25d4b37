-- Of seven pulse checks with five different sets of answers or more, a second time is a copy: of
-- another person's, or of the person's own.
{{ config(severity='warn') }}

with checks as (
    select
        practice_id,
        session_id,
        check_date,
        pulse_check_id,
        concat_ws(
            ' ',
            {%- for column in answer_columns() %}
            coalesce({{ column }}, 0){{ ',' if not loop.last }}
            {%- endfor %}
        ) as answers
    from {{ ref('int_practice_checks') }}
    where
        answers_given >= {{ least_answers() }}
        and check_date > {{ as_of() }} - 182
),

sevens as (
    select
        practice_id,
        session_id,
        check_date,
        array_agg(answers) over seven as answers
    from checks
    window seven as (
        partition by session_id
        order by check_date, pulse_check_id
        rows between 6 preceding and current row
    )
),

copied as (
    select
        answers,
        max(check_date) as last_date
    from sevens
    where cardinality(answers) = 7
    group by answers
    having
        count(*) > 1
        and max(check_date) > {{ as_of() }} - 84
)

select sevens.*
from sevens
inner join copied on sevens.answers = copied.answers
where (
    select count(distinct kinds.kind) >= 5
    from unnest(sevens.answers) as kinds (kind)
)
