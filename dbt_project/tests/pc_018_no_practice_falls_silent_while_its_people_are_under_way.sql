-- Days on which a practice's people, those who answered in the fortnight before, owed thirty pulse
-- checks or more (sixty where they are three), and not one came. A gap that is over counts where half of them came back: else
-- their diaries had ended.
{{ config(severity='warn') }}

with checks as (
    select
        practice_id,
        session_id,
        check_date
    from {{ ref('int_practice_checks') }}
    where
        check_date between {{ as_of() }} - 181 and {{ as_of() }} - 1
        and days_post_session between 0 and 180
),

practice_days as (
    select distinct
        practice_id,
        check_date
    from checks
),

silences as (
    select
        practice_id,
        check_date as last_date,
        lead(check_date, 1, {{ as_of() }}) over by_day as next_date
    from practice_days
    window by_day as (partition by practice_id order by check_date)
),

people as (
    select distinct
        silences.practice_id,
        silences.last_date,
        silences.next_date,
        checks.session_id
    from silences
    inner join checks
        on
            silences.practice_id = checks.practice_id
            and checks.check_date between silences.last_date - 13 and silences.last_date
    where
        silences.next_date - silences.last_date > 3
        and silences.next_date > {{ as_of() }} - 84
),

owed as (
    select
        people.*,
        exists (
            select 1
            from checks
            where
                people.session_id = checks.session_id
                and people.next_date <= checks.check_date
        ) as is_back,
        least(
            people.next_date - 1, sessions.session_date + sessions.last_day_due
        ) - people.last_date as days_owed
    from people
    inner join {{ ref('int_practice_sessions') }} as sessions
        on people.session_id = sessions.session_id
)

select
    practice_id,
    last_date,
    next_date,
    count(*) as people,
    sum(days_owed) as checks_owed
from owed
where days_owed > 0
group by practice_id, last_date, next_date
having
    count(*) >= 3
    and sum(days_owed) >= case when count(*) = 3 then 60 else 30 end
    and (next_date = {{ as_of() }} or 2 * count(*) filter (where is_back) >= count(*))
