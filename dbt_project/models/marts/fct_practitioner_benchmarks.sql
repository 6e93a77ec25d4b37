{{ config(materialized='table', indexes=[]) }}

{%- set means = [
    'pulse_check_adherence_pct',
    'assessment_adherence_pct',
    'overall_compliance_score',
    'composite_slope_per_30_days',
] %}
{%- set rates = ['response', 'reliable_deterioration'] %}

with sessions as (
    select
        session_id,
        practitioner_id,
        patient_id,
        state,
        days_elapsed,
        session_date
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
    where metric = 'composite'
),

assessments as (
    select
        session_id,
        instrument,
        response_class,
        remission_class,
        reliable_change_class,
        score,
        outcome_window_days,
        is_baseline
    from {{ ref('fct_assessments') }}
),

instruments as (
    select
        instrument,
        caseness_score
    from {{ ref('ref_instruments') }}
    where instrument in ('PHQ-9', 'GAD-7')
),

outcome_windows as (
    select
        window_days,
        last_day
    from {{ ref('ref_outcome_windows') }}
    where window_days = 90
),

practitioners as (
    select distinct practitioner_id
    from sessions
),

spine as (
    select
        instruments.instrument,
        instruments.caseness_score,
        outcome_windows.window_days as outcome_window_days,
        outcome_windows.last_day
    from instruments
    cross join outcome_windows
),

session_measures as (
    select
        sessions.practitioner_id,
        sessions.patient_id,
        compliance.pulse_check_adherence_pct,
        compliance.assessment_adherence_pct,
        trends.slope_per_30_days as composite_slope_per_30_days,
        case
            when sessions.state = 'complete' then compliance.overall_compliance_score
        end as overall_compliance_score
    from sessions
    left join compliance on sessions.session_id = compliance.session_id
    left join trends on sessions.session_id = trends.session_id
),

closed_windows as (
    {{ closed_windows() }}
),

-- The network is everybody else: else a large practice would be compared with itself.
sides as (
    select
        closed_windows.*,
        practitioners.practitioner_id as compared_practitioner_id,
        closed_windows.practitioner_id = practitioners.practitioner_id as is_own
    from practitioners
    cross join closed_windows
),

one_per_patient as (
    {{ one_per_patient('sides', ['compared_practitioner_id', 'is_own', 'instrument']) }}
),

outcomes as (
    select
        compared_practitioner_id,
        is_own,
        practitioner_id,
        patient_id,
        lower(replace(instrument, '-', '')) as instrument,
        case response_class
            when 'response' then 1
            when 'no_response' then 0
        end as response,
        case reliable_change_class
            when 'reliable_deterioration' then 1
            when 'no_reliable_change' then 0
            when 'reliable_improvement' then 0
        end as reliable_deterioration
    from one_per_patient
),

side_values as (
    {%- for measure in means %}
    select
        practitioners.practitioner_id as compared_practitioner_id,
        session_measures.practitioner_id = practitioners.practitioner_id as is_own,
        session_measures.practitioner_id,
        session_measures.patient_id,
        '{{ measure }}' as measure,
        session_measures.{{ measure }} as value
    from practitioners
    cross join session_measures
    where session_measures.{{ measure }} is not null
    union all
    {%- endfor %}
    {%- for outcome in rates %}
    select
        compared_practitioner_id,
        is_own,
        practitioner_id,
        patient_id,
        instrument || '_{{ outcome }}_pct' as measure,
        {{ outcome }} as value
    from outcomes
    where {{ outcome }} is not null
    {{- '
    union all' if not loop.last }}
    {%- endfor %}
),

-- One value per person first: a patient with two sessions is not two patients.
values_by_patient as (
    select
        compared_practitioner_id,
        is_own,
        measure,
        patient_id,
        avg(value) as value
    from side_values
    group by compared_practitioner_id, is_own, measure, patient_id
),

across_patients as (
    select
        compared_practitioner_id,
        is_own,
        measure,
        count(*)::integer as patients,
        sum(value) as total,
        avg(value) as mean,
        stddev_samp(value) as standard_deviation
    from values_by_patient
    group by compared_practitioner_id, is_own, measure
),

patients_by_practitioner as (
    select
        compared_practitioner_id,
        measure,
        practitioner_id,
        count(distinct patient_id) as patients
    from side_values
    where not is_own
    group by compared_practitioner_id, measure, practitioner_id
),

contributors as (
    select
        compared_practitioner_id,
        measure,
        count(*)::integer as practitioners,
        max(patients) as most_patients
    from patients_by_practitioner
    group by compared_practitioner_id, measure
),

measures as (
    {%- for measure in means %}
    select
        '{{ measure }}' as measure,
        'mean' as kind
    union all
    {%- endfor %}
    {%- for outcome in rates %}
    select
        lower(replace(instrument, '-', '')) || '_{{ outcome }}_pct' as measure,
        'rate' as kind
    from instruments
    {{- '
    union all' if not loop.last }}
    {%- endfor %}
),

shares as (
    select
        across_patients.compared_practitioner_id,
        across_patients.is_own,
        across_patients.measure,
        across_patients.patients,
        across_patients.total as events,
        {{ share_columns('share', 'across_patients.total', 'across_patients.patients') }}
    from across_patients
    inner join measures on across_patients.measure = measures.measure
    where measures.kind = 'rate'
),

figures as (
    select
        compared_practitioner_id,
        is_own,
        measure,
        patients,
        events,
        share_pct as value,
        share_ci_lower_pct as ci_lower,
        share_ci_upper_pct as ci_upper
    from shares
    union all
    select
        across_patients.compared_practitioner_id,
        across_patients.is_own,
        across_patients.measure,
        across_patients.patients,
        null as events,
        {{ round_once('across_patients.mean', 4) }} as value,
        {{ mean_bound('-') }} as ci_lower,
        {{ mean_bound('+') }} as ci_upper
    from across_patients
    inner join measures
        on
            across_patients.measure = measures.measure
            and measures.kind = 'mean'
    {{ student_t_lookup() }}
),

-- Who is one of only two others takes the own figures out and has the other's; and a network that
-- is mostly one practitioner's tells how that one fares.
networks as (
    select
        figures.*,
        contributors.practitioners,
        case
            when
                contributors.practitioners >= 3
                and 2 * contributors.most_patients <= figures.patients
                then figures.patients
        end as patients_without_dominance
    from figures
    inner join contributors
        on
            figures.compared_practitioner_id = contributors.compared_practitioner_id
            and figures.measure = contributors.measure
    where not figures.is_own
),

final as (
    select
        practitioners.practitioner_id,
        measures.measure,
        measures.kind,
        coalesce(own.patients, 0) as own_patients,
        own.value as own_value,
        own.ci_lower as own_ci_lower,
        own.ci_upper as own_ci_upper,
        {%- for figure in ['patients', 'practitioners', 'value', 'ci_lower', 'ci_upper'] %}
        {{ withhold(
            'networks.' ~ figure, 'networks.patients_without_dominance',
            ['networks.events', 'networks.patients - networks.events']
        ) }} as network_{{ figure }},
        {%- endfor %}
        {{ withhold(
            'false', 'networks.patients_without_dominance',
            ['networks.events', 'networks.patients - networks.events']
        ) }} is null as is_network_withheld
    from practitioners
    cross join measures
    left join figures as own
        on
            practitioners.practitioner_id = own.compared_practitioner_id
            and measures.measure = own.measure
            and own.is_own
    left join networks
        on
            practitioners.practitioner_id = networks.compared_practitioner_id
            and measures.measure = networks.measure
)

select * from final
