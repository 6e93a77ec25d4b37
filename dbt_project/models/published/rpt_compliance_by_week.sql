with session_weeks as (
    select
        session_id,
        week_post_session,
        due_days,
        observed_days
    from {{ ref('int_session_weeks') }}
    where due_days > 0
),

sessions as {{ not_kept() }} (
    select
        session_id,
        patient_id,
        count(*) over (partition by patient_id) = 1 as is_only_one
    from {{ ref('dim_sessions') }}
),

-- Most patients have one session, and nothing to be put together.
weeks_by_patient as (
    select
        session_weeks.week_post_session,
        sum(session_weeks.due_days) as expected_days,
        sum(session_weeks.observed_days) as observed_days
    from session_weeks
    inner join sessions on session_weeks.session_id = sessions.session_id
    where not sessions.is_only_one
    group by session_weeks.week_post_session, sessions.patient_id
    union all
    select
        session_weeks.week_post_session,
        session_weeks.due_days as expected_days,
        session_weeks.observed_days
    from session_weeks
    inner join sessions on session_weeks.session_id = sessions.session_id
    where sessions.is_only_one
),

across_patients as (
    select
        week_post_session,
        count(*)::integer as patients,
        sum(expected_days)::integer as expected_days,
        sum(observed_days)::integer as observed_days,
        sum(expected_days - observed_days)::integer as missed_days,
        count(*) filter (
            where observed_days between 1 and expected_days - 1
        ) as partly_observed_patients
    from weeks_by_patient
    group by week_post_session
),

-- A withheld row stays: absence would tell as much as a number. Where nobody has come yet, it is 0.
spine as (
    select
        weeks.week_post_session,
        coalesce(across_patients.patients, 0) as patients,
        coalesce(across_patients.expected_days, 0) as expected_days,
        coalesce(across_patients.observed_days, 0) as observed_days,
        coalesce(across_patients.missed_days, 0) as missed_days,
        coalesce(across_patients.partly_observed_patients, 0) as partly_observed_patients,
        across_patients.week_post_session is not null as is_due
    from {{ numbers(0, 25) }} as weeks (week_post_session)
    left join across_patients on weeks.week_post_session = across_patients.week_post_session
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
