-- Of the last sixty scores of an instrument, 45 or more in half a year: over 40 % are one score,
-- over 90 % are even or odd, or over half of the follow-ups are the person's own baseline.
{{ config(severity='warn') }}

with scores as (
    select
        practice_id,
        session_id,
        instrument,
        score,
        days_post_session,
        visit_date,
        row_number() over (
            partition by practice_id, instrument
            order by visit_date desc, integration_session_id
        ) as place
    from {{ ref('int_practice_visits') }}
    where
        instrument is not null
        and score is not null
),

baselines as (
    select distinct on (session_id, instrument)
        session_id,
        instrument,
        score
    from scores
    where days_post_session <= 0
    order by session_id, instrument, days_post_session desc
),

counted as (
    select
        scores.practice_id,
        scores.instrument,
        scores.score,
        count(*) as scores,
        count(*) filter (where scores.days_post_session > 0) as follow_ups,
        count(*) filter (
            where scores.days_post_session > 0 and scores.score = baselines.score
        ) as at_baseline,
        min(scores.visit_date) as since
    from scores
    left join baselines
        on
            scores.session_id = baselines.session_id
            and scores.instrument = baselines.instrument
    where
        scores.place <= 60
        and scores.visit_date > {{ as_of() }} - 182
    group by scores.practice_id, scores.instrument, scores.score
)

select
    practice_id,
    instrument,
    min(since) as since,
    sum(scores) as scores,
    max(scores) as of_one_score,
    sum(case when score % 2 = 0 then scores else 0 end) as even_scores,
    sum(at_baseline) as at_baseline
from counted
group by practice_id, instrument
having
    sum(scores) >= 45
    and (
        5 * max(scores) > 2 * sum(scores)
        or 10 * sum(case when score % 2 = 0 then scores else 0 end)
        not between sum(scores) and 9 * sum(scores)
        or (sum(follow_ups) >= 30 and 2 * sum(at_baseline) > sum(follow_ups))
    )
