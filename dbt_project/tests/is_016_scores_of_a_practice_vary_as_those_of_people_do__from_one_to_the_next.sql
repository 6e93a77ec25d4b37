-- Of the last thirty scores of an instrument that follow another of the same person, twenty or more in
-- half a year: over three quarters are the score before, as if it was carried forward.
{{ config(severity='warn') }}

with scores as (
    select
        practice_id,
        session_id,
        instrument,
        score,
        visit_date,
        lag(score) over (
            partition by session_id, instrument
            order by visit_date, integration_session_id
        ) as score_before,
        integration_session_id
    from {{ ref('int_practice_visits') }}
    where
        instrument is not null
        and score is not null
),

followed as (
    select
        *,
        row_number() over (
            partition by practice_id, instrument
            order by visit_date desc, integration_session_id
        ) as place
    from scores
    where
        score_before is not null
        and visit_date > {{ as_of() }} - 182
)

select
    practice_id,
    instrument,
    min(visit_date) as since,
    count(*) as scores,
    count(*) filter (where score = score_before) as as_before
from followed
where place <= 30
group by practice_id, instrument
having
    count(*) >= 20
    and 4 * count(*) filter (where score = score_before) > 3 * count(*)
