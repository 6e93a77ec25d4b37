with session_days as (
    select
        session_id,
        is_observed,
        days_post_session / 7 as week_post_session
    from {{ ref('int_session_days') }}
    where is_due
),

sessions as (
    select
        session_id,
        patient_id
    from {{ ref('dim_sessions') }}
),

across_patients as (
    select
        session_days.week_post_session,
        count(distinct sessions.patient_id)::integer as patients,
        count(*)::integer as expected_days,
        (count(*) filter (where session_days.is_observed))::integer as observed_days,
        (count(*) filter (where not session_days.is_observed))::integer as missed_days,
        count(distinct sessions.patient_id) filter (where session_days.is_observed)
            as observed_patients,
        count(distinct sessions.patient_id) filter (where not session_days.is_observed)
            as missed_patients
    from session_days
    inner join sessions on session_days.session_id = sessions.session_id
    group by session_days.week_post_session
),

-- A withheld row stays: absence would tell as much as a number. Where nobody has come yet, it is 0.
spine as (
    select
        weeks.week_post_session,
        coalesce(across_patients.patients, 0) as patients,
        coalesce(across_patients.expected_days, 0) as expected_days,
        coalesce(across_patients.observed_days, 0) as observed_days,
        coalesce(across_patients.missed_days, 0) as missed_days,
        coalesce(across_patients.observed_patients, 0) as observed_patients,
        coalesce(across_patients.missed_patients, 0) as missed_patients,
        across_patients.week_post_session is not null as is_due
    from generate_series(0, 25) as weeks (week_post_session)
    left join across_patients on weeks.week_post_session = across_patients.week_post_session
),

shown as (
    select
        week_post_session,
        case when is_due then {{ withhold('patients', 'patients') }} else 0 end as patients,
        case when is_due then {{ withhold('expected_days', 'patients') }} else 0 end
            as expected_days,
        {%- for days in ['observed_days', 'missed_days'] %}
        case
            when is_due
                then {{ withhold(days, 'patients', ['observed_patients', 'missed_patients']) }}
            else 0
        end as {{ days }},
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
        {{ round_once('100 * observed_days::numeric / nullif(expected_days, 0)', 2) }}
            as observed_pct,
        is_due,
        patients is null as is_withheld,
        observed_days is null as is_share_withheld
    from shown
)

select * from final
