{{ config(materialized='whole', indexes=[]) }}

with figures as (
    select
        compared_practitioner_id,
        is_own,
        measure,
        patients,
        events,
        value,
        ci_lower,
        ci_upper
    from {{ ref('sum_benchmark_figures') }}
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
    from {{ constants(benchmark_means()) }} as means (measure)
    {%- for outcome in ['response', 'reliable_deterioration'] %}
    union all
    select
        {{ instrument_code('instrument') }} || '_{{ outcome }}_pct' as measure,
        'rate' as kind
    from instruments
    {%- endfor %}
),

-- With only two other practitioners, each could subtract their own figures and learn the other's.
-- A network that is mostly one practitioner's would show the figures of that one.
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
