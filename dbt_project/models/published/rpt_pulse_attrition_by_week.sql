with cells as (
    select
        week_post_session,
        patients,
        still_answering
    from {{ ref('cell_attrition_weeks') }}
),

shown_weeks as (
    select
        week_post_session,
        is_shown
    from {{ ref('shown_attrition_weeks') }}
),

furthest as (
    select max(least(days_elapsed, 180)) as last_day
    from {{ ref('dim_sessions') }}
),

-- A withheld row stays: absence would tell as much as a number. Due by the calendar alone, and
-- patients with one to spare, both as in rpt_review_flags.
spine as (
    select
        weeks.week_post_session,
        coalesce(cells.patients, 0) as patients,
        coalesce(cells.patients, 0) - 1 as patients_to_spare,
        coalesce(cells.still_answering, 0) as still_answering,
        coalesce(shown_weeks.is_shown, false) as is_chosen,
        coalesce(furthest.last_day >= least(7 * weeks.week_post_session + 6, 180), false) as is_due
    from {{ numbers(0, 25) }} as weeks (week_post_session)
    cross join furthest
    left join cells on weeks.week_post_session = cells.week_post_session
    left join shown_weeks on weeks.week_post_session = shown_weeks.week_post_session
),

shown as (
    select
        week_post_session,
        case when is_due then {{ withhold('patients', 'patients_to_spare') }} else 0 end
            as patients,
        case
            when not is_due then 0
            when is_chosen
                then {{ withhold('still_answering', 'still_answering', [
                    'patients - still_answering',
                ]) }}
        end as still_answering,
        is_due
    from spine
),

final as (
    select
        shown.week_post_session,
        {{ published_count('shown.patients') }} as patients,
        {{ published_count('shown.still_answering') }} as still_answering,
        {{ published_share('still_answering', 'shown.still_answering', 'shown.patients') }},
        shown.is_due,
        shown.patients is null as is_withheld,
        shown.still_answering is null as is_share_withheld
    from shown
    {{ precision_lookup('shown.patients') }}
)

select * from final
