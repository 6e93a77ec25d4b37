{#- One to spare, of those who still answer as of those who have left. -#}
{%- set fewest_in_last = 'least(' ~ member('still_answering', 26) ~ ', '
    ~ member('left_since', '27 * 25 + 1') ~ ') - 1' %}
{%- set fewest_in_week = 'least(' ~ member('still_answering', 'week + 1') ~ ', '
    ~ member('left_since', '27 * week + 1') ~ ') - 1' %}

with leaving as (
    select
        week_post_session,
        last_answered_week,
        patients
    from {{ ref('cell_pulse_leaving') }}
),

cells as (
    select
        week_post_session,
        still_answering
    from {{ ref('cell_attrition_weeks') }}
),

-- Of those who have come through a week: who last answered in an earlier one and after it no more.
pairs as (
    select
        weeks.week_post_session,
        since.earlier_week,
        coalesce(leaving.patients, 0) as patients
    from {{ numbers(0, 25) }} as weeks (week_post_session)
    cross join {{ numbers(-1, 25) }} as since (earlier_week)
    left join leaving
        on
            weeks.week_post_session = leaving.week_post_session
            and since.earlier_week = leaving.last_answered_week
            and weeks.week_post_session > since.earlier_week
),

left_since as (
    select
        week_post_session,
        earlier_week,
        sum(patients) over (
            partition by week_post_session
            order by earlier_week desc
        )::integer as patients
    from pairs
),

answering as (
    select
        {{ list_of('coalesce(cells.still_answering, 0)', 'weeks.week_post_session') }}
            as still_answering
    from {{ numbers(0, 25) }} as weeks (week_post_session)
    left join cells on weeks.week_post_session = cells.week_post_session
),

leavers as (
    select {{ list_of('patients', 'week_post_session, earlier_week') }} as left_since
    from left_since
),

listed as (
    select
        1 as list_id,
        26 as weeks,
        leavers.left_since,
        answering.still_answering
    from leavers
    cross join answering
),

-- From the last week backwards, since its trend tells who answers in it: between two weeks that are
-- shown as many have left as are shown of any group, with one to spare.
chosen as (
    select *
    from {{ fold(
        'listed', 'list_id', 'weeks',
        first={
            'week': '25',
            'is_shown': '(' ~ withhold('true', fewest_in_last) ~ ') is not null',
            'shown_week': withhold('25', fewest_in_last),
        },
        stages=[
            {'week': '26 - step'},
            {
                'is_shown': '(' ~ withhold('true', fewest_in_week, [
                    member('left_since', '27 * was_shown_week + week + 2') ~ ' - 1',
                ]) ~ ') is not null',
            },
            {'shown_week': 'case when is_shown then week else was_shown_week end'},
        ],
    ) }} as steps
),

final as (
    select
        week as week_post_session,
        is_shown
    from chosen
)

select * from final
