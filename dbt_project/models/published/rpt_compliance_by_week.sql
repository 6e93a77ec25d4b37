with cells as (
    select
        week_post_session,
        patients,
        expected_days,
        observed_days,
        partly_observed_patients
    from {{ ref('cell_compliance_weeks') }}
),

furthest as (
    select max(least(days_elapsed, 180)) as last_day
    from {{ ref('dim_sessions') }}
),

weeks as (
    select
        weeks.week_post_session,
        greatest(1, 7 * weeks.week_post_session) as first_day,
        7 * weeks.week_post_session + 6 as last_day
    from {{ numbers(0, 25) }} as weeks (week_post_session)
),

-- A withheld row stays: absence would tell as much as a number. Due by the calendar alone, as in
-- rpt_review_flags: or the two would tell that all who have come so far have ended. Patients count
-- with one to spare, as there.
spine as (
    select
        weeks.week_post_session,
        coalesce(cells.patients, 0) as patients,
        coalesce(cells.patients, 0) - 1 as patients_to_spare,
        {%- for days in ['expected', 'observed'] %}
        {{ quotient(
            'coalesce(cells.' ~ days ~ '_days, 0)',
            'greatest(1, least(weeks.last_day, furthest.last_day) - weeks.first_day + 1)'
        ) }} as {{ days }}_a_day,
        {%- endfor %}
        coalesce(cells.partly_observed_patients, 0) as partly_observed_patients,
        coalesce(furthest.last_day >= weeks.first_day, false) as is_due
    from weeks
    cross join furthest
    left join cells on weeks.week_post_session = cells.week_post_session
),

-- Who answers every day or never is known from the trend's patients. The others, who have both
-- kinds of days, must be many, or the split tells of a few. So must those who answer on a mean day
-- be: fewer, to the nearest ten, make no share.
shown as (
    select
        week_post_session,
        case when is_due then {{ withhold('patients', 'patients_to_spare') }} else 0 end
            as patients,
        {%- for days in ['expected', 'observed'] %}
        {{ withhold(
            days ~ '_a_day', 'partly_observed_patients', ['patients_to_spare', 'observed_a_day']
        ) }} as {{ days }}_a_day,
        {%- endfor %}
        is_due
    from spine
),

-- Of the sessions on a mean day, both as counts are published: from a finer share, the patients of
-- each day and those of the week it follows how many journeys ended within the week.
final as (
    select
        shown.week_post_session,
        {{ published_count('shown.patients') }} as patients,
        {{ published_pct('shown.observed_a_day', 'shown.expected_a_day') }} as observed_pct,
        shown.is_due,
        shown.patients is null as is_withheld,
        shown.is_due and shown.expected_a_day is null as is_share_withheld
    from shown
    {{ precision_lookup('shown.patients') }}
)

select * from final
