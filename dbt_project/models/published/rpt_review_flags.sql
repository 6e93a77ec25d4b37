with cells as (
    select
        rule,
        week_post_session,
        patients,
        sessions_under_watch,
        sessions_flagged,
        sessions_flagged_by_chance,
        flagged_patients,
        unflagged_patients
    from {{ ref('cell_review_weeks') }}
),

rules as (
    select
        rule,
        first_watched_day
    from {{ ref('ref_review_rules') }}
    where is_enabled
),

withheld_weeks as (
    select
        subject as rule,
        week_post_session,
        withheld
    from {{ ref('cell_withheld_weeks') }}
),

furthest as (
    select max(least(days_elapsed, 180)) as last_day
    from {{ ref('dim_sessions') }}
),

-- Due by the calendar alone: a 0 tells that nobody has come so far, and nothing about answers.
reached as (
    select
        rules.rule,
        weeks.week_post_session,
        coalesce(
            rules.first_watched_day <= 7 * weeks.week_post_session + 6
            and furthest.last_day >= greatest(rules.first_watched_day, 7 * weeks.week_post_session),
            false
        ) as is_due
    from rules
    cross join {{ numbers(0, 25) }} as weeks (week_post_session)
    cross join furthest
),

-- A withheld row stays: absence would tell as much as a number. Groups count with one to spare, so
-- that of a withheld one which sums make as large as it can be it is min_cell that comes out.
spine as (
    select
        reached.rule,
        reached.week_post_session,
        coalesce(cells.patients, 0) as patients,
        coalesce(cells.sessions_under_watch, 0) as sessions_under_watch,
        coalesce(cells.sessions_flagged, 0) as sessions_flagged,
        coalesce(cells.sessions_flagged_by_chance, 0) as sessions_flagged_by_chance,
        coalesce(cells.patients, 0) - 1 as patients_to_spare,
        coalesce(cells.flagged_patients, 0) - 1 as flagged_to_spare,
        coalesce(cells.unflagged_patients, 0) - 1 as unflagged_to_spare,
        case when withheld_rows.rule is not null then 0 end as patients_elsewhere,
        case when withheld_shares.rule is not null then 0 end as flags_elsewhere,
        reached.is_due
    from reached
    left join cells
        on
            reached.rule = cells.rule
            and reached.week_post_session = cells.week_post_session
    left join withheld_weeks as withheld_rows
        on
            reached.rule = withheld_rows.rule
            and reached.week_post_session = withheld_rows.week_post_session
            and withheld_rows.withheld = 'rows'
    left join withheld_weeks as withheld_shares
        on
            reached.rule = withheld_shares.rule
            and reached.week_post_session = withheld_shares.week_post_session
            and withheld_shares.withheld = 'shares'
),

shown as (
    select
        rule,
        week_post_session,
        {%- set of_the_row = ['patients_elsewhere'] %}
        {%- set of_the_share = of_the_row
            + ['flags_elsewhere', 'flagged_to_spare', 'unflagged_to_spare'] %}
        {%- for figure, groups in {
            'patients': of_the_row,
            'sessions_under_watch': of_the_row,
            'sessions_flagged': of_the_share,
            'sessions_flagged_by_chance': of_the_share,
        }.items() %}
        case when is_due then {{ withhold(figure, 'patients_to_spare', groups) }} else 0 end
            as {{ figure }},
        {%- endfor %}
        is_due
    from spine
),

final as (
    select
        shown.rule,
        shown.week_post_session,
        {{ published_count('shown.patients') }} as patients,
        {{ published_count('shown.sessions_under_watch') }} as sessions_under_watch,
        {{ published_count('shown.sessions_flagged') }} as sessions_flagged,
        {{ published_pct('shown.sessions_flagged', 'shown.sessions_under_watch') }} as flagged_pct,
        case when {{ knows_chance('shown.rule') }} then coalesce({{ round_once(
            ratio(
                'shown.sessions_flagged_by_chance * '
                ~ published_count('shown.sessions_under_watch'),
                'nullif(shown.sessions_under_watch, 0)'
            ),
            0
        ) }}, shown.sessions_flagged_by_chance)::integer end as sessions_flagged_by_chance,
        shown.is_due,
        shown.patients is null as is_withheld,
        shown.sessions_flagged is null as is_share_withheld
    from shown
    {{ precision_lookup('shown.patients') }}
)

select * from final
