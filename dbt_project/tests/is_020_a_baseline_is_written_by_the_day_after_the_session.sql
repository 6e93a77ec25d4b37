-- Who writes a baseline after the session knows how it went. Left out are days on which as many later
-- assessments of the practice were entered late: there, older files were loaded.
{{ config(severity='warn') }}

with late as (
    select
        practice_id,
        integration_session_id,
        days_post_session,
        greatest(completed_date, written_date) as known_date,
        days_post_session <= 0 as is_baseline
    from {{ ref('int_practice_visits') }}
    where
        instrument is not null
        and score is not null
        and days_post_session >= -90
        and greatest(completed_date, written_date) - visit_date > greatest(1 - days_post_session, 1)
),

by_day as (
    select
        *,
        count(*) filter (where is_baseline) over day_of_writing as baselines,
        count(*) filter (where not is_baseline) over day_of_writing as others
    from late
    window day_of_writing as (partition by practice_id, known_date)
)

select
    practice_id,
    integration_session_id,
    known_date
from by_day
where
    is_baseline
    and baselines > others
