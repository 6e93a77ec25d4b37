with sessions as (
    select
        session_id,
        practitioner_id,
        patient_id,
        state
    from {{ ref('dim_sessions') }}
),

compliance as (
    select
        session_id,
        overall_compliance_score,
        pulse_check_adherence_pct,
        assessment_adherence_pct
    from {{ ref('fct_session_compliance') }}
    where window_days = 180
),

trends as (
    select
        session_id,
        slope_per_30_days
    from {{ ref('fct_session_trends') }}
    where
        metric = 'composite'
        and is_slope_comparable
),

session_measures as (
    select
        sessions.practitioner_id,
        sessions.patient_id,
        compliance.pulse_check_adherence_pct,
        compliance.assessment_adherence_pct,
        case
            when sessions.state = 'complete' then compliance.overall_compliance_score
        end as overall_compliance_score,
        case
            when sessions.state = 'complete' then trends.slope_per_30_days
        end as composite_slope_per_30_days
    from sessions
    left join compliance on sessions.session_id = compliance.session_id
    left join trends on sessions.session_id = trends.session_id
),

own_means as (
    {%- for measure in benchmark_means() %}
    select
        practitioner_id,
        patient_id,
        '{{ measure }}' as measure,
        count(*) as sessions,
        sum({{ measure }}) as total
    from session_measures
    where {{ measure }} is not null
    group by practitioner_id, patient_id
    {{- '
    union all' if not loop.last }}
    {%- endfor %}
),

-- A patient with two sessions is not two patients, but one with their mean.
final as (
    select
        *,
        sum(sessions) over patient as all_sessions,
        sum(total) over patient as all_total,
        row_number() over patient_by_practitioner as number
    from own_means
    window
        patient as (partition by measure, patient_id),
        patient_by_practitioner as (partition by measure, patient_id order by practitioner_id)
)

select * from final
