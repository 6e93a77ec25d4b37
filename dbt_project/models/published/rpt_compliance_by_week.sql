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

-- A withheld row stays: absence would tell as much as a number. Due by the calendar alone, as in
-- rpt_review_flags: or the two would tell that all who have come so far have ended. Patients count
-- with one to spare, as there.
spine as (
    select
        weeks.week_post_session,
        coalesce(cells.patients, 0) as patients,
        coalesce(cells.patients, 0) - 1 as patients_to_spare,
        cells.expected_days,
        cells.observed_days,
        coalesce(cells.partly_observed_patients, 0) as partly_observed_patients,
        coalesce(furthest.last_day >= greatest(1, 7 * weeks.week_post_session), false) as is_due
    from {{ numbers(0, 25) }} as weeks (week_post_session)
    cross join furthest
    left join cells on weeks.week_post_session = cells.week_post_session
),

-- Who answers every day or never is known from the trend's patients. The others, who have both
-- kinds of days, must be many, or the split tells of a few.
shown as (
    select
        week_post_session,
        case when is_due then {{ withhold('patients', 'patients_to_spare') }} else 0 end
            as patients,
        {{ withhold(
            ratio('100 * observed_days', 'nullif(expected_days, 0)'), 'partly_observed_patients',
            ['patients_to_spare']
        ) }} as observed_pct,
        is_due
    from spine
),

-- No days are told: divided by seven they are the patients, and less than seven for each are those
-- whose journey ended within the week.
final as (
    select
        shown.week_post_session,
        {{ published_count('shown.patients') }} as patients,
        {{ in_steps('shown.observed_pct', 'steps.share_step_pct') }} as observed_pct,
        shown.is_due,
        shown.patients is null as is_withheld,
        shown.is_due and shown.observed_pct is null as is_share_withheld
    from shown
    {{ precision_lookup('shown.patients') }}
)

select * from final
