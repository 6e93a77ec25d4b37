with cells as (
    select
        week_post_session,
        patients,
        expected_days,
        observed_days,
        missed_days,
        partly_observed_patients
    from {{ ref('cell_compliance_weeks') }}
),

-- A withheld row stays: absence would tell as much as a number. Where nobody has come yet, it is 0.
spine as (
    select
        weeks.week_post_session,
        coalesce(cells.patients, 0) as patients,
        coalesce(cells.expected_days, 0) as expected_days,
        coalesce(cells.observed_days, 0) as observed_days,
        coalesce(cells.missed_days, 0) as missed_days,
        coalesce(cells.partly_observed_patients, 0) as partly_observed_patients,
        cells.week_post_session is not null as is_due
    from {{ numbers(0, 25) }} as weeks (week_post_session)
    left join cells on weeks.week_post_session = cells.week_post_session
),

-- Who answers every day or never is known from the trend's patients. The others, who have both
-- kinds of days, must be many, or the split tells of a few.
shown as (
    select
        week_post_session,
        {%- for figure, group in {
            'patients': 'patients',
            'expected_days': 'patients',
            'observed_days': 'partly_observed_patients',
            'missed_days': 'partly_observed_patients',
        }.items() %}
        case when is_due then {{ withhold(figure, group) }} else 0 end as {{ figure }},
        {%- endfor %}
        is_due
    from spine
),

final as (
    select
        week_post_session,
        patients,
        expected_days,
        observed_days,
        missed_days,
        {{ round_once(ratio('100 * observed_days', 'nullif(expected_days, 0)'), 2) }}
            as observed_pct,
        is_due,
        patients is null as is_withheld,
        observed_days is null as is_share_withheld
    from shown
)

select * from final
