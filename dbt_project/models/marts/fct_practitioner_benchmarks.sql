{{ config(materialized='whole', indexes=[]) }}

{%- set means = [
    'pulse_check_adherence_pct',
    'assessment_adherence_pct',
    'overall_compliance_score',
    'composite_slope_per_30_days',
] %}

with across_patients as (
    select
        compared_practitioner_id,
        is_own,
        measure,
        patients,
        total,
        mean,
        standard_deviation
    from {{ ref('sum_benchmarks') }}
),

contributors as (
    select
        compared_practitioner_id,
        measure,
        practitioners,
        most_patients
    from {{ ref('sum_benchmark_contributors') }}
),

practitioners as (
    select distinct practitioner_id
    from {{ ref('int_sessions') }}
),

instruments as (
    select instrument
    from {{ ref('ref_instruments') }}
    where instrument in ('PHQ-9', 'GAD-7')
),

measures as (
    select
        means.measure,
        'mean' as kind
    from {{ constants(means) }} as means (measure)
    {%- for outcome in ['response', 'reliable_deterioration'] %}
    union all
    select
        lower(replace(instrument, '-', '')) || '_{{ outcome }}_pct' as measure,
        'rate' as kind
    from instruments
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
        {{ mean_bound('across_patients', '-') }} as ci_lower,
        {{ mean_bound('across_patients', '+') }} as ci_upper
    from across_patients
    inner join measures
        on
            across_patients.measure = measures.measure
            and measures.kind = 'mean'
    {{ student_t_lookup('across_patients') }}
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
