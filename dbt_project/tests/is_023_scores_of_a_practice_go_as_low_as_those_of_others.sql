-- Sixty scores running of twelve people, none below the number of items, though a third of the other
-- practices' scores of that time are: items that count from 0 were counted from 1.
{{ config(severity='warn') }}

with scores as (
    select
        visits.practice_id,
        visits.session_id,
        visits.instrument,
        visits.visit_date,
        case when visits.score < items.items then 1 else 0 end as is_below
    from {{ ref('int_practice_visits') }} as visits
    inner join (values ('PHQ-9', 9), ('GAD-7', 7)) as items (instrument, items)
        on visits.instrument = items.instrument
    where visits.score is not null
),

last_below as (
    select
        practice_id,
        instrument,
        max(case when is_below = 1 then visit_date end) as last_date
    from scores
    group by practice_id, instrument
),

running as (
    select
        scores.practice_id,
        scores.instrument,
        min(scores.visit_date) as since,
        count(*) as scores,
        count(distinct scores.session_id) as people
    from scores
    inner join last_below
        on
            scores.practice_id = last_below.practice_id
            and scores.instrument = last_below.instrument
    where coalesce(scores.visit_date > last_below.last_date, true)
    group by scores.practice_id, scores.instrument
    having
        count(*) >= 60
        and count(distinct scores.session_id) >= 12
)

select
    running.practice_id,
    running.instrument,
    running.since,
    running.scores,
    running.people,
    count(*) as scores_of_others,
    sum(scores.is_below) as below_of_others
from running
inner join scores
    on
        running.instrument = scores.instrument
        and running.practice_id <> scores.practice_id
        and running.since <= scores.visit_date
group by running.practice_id, running.instrument, running.since, running.scores, running.people
having
    count(*) >= 60
    and 3 * sum(scores.is_below) >= count(*)
