{{ config(materialized='whole', indexes=[]) }}

with practitioners as (
    select distinct practitioner_id
    from {{ ref('int_sessions') }}
    where practitioner_id is not null
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

expected as (
    select
        practitioner_id,
        measure,
        own_patients,
        compared_patients,
        network_patients,
        network_practitioners,
        {{ round_once('own_value', 4) }} as own_value,
        {{ round_once('compared_value', 4) }} as compared_value,
        {{ round_once('expected_value', 4) }} as expected_value
    from {{ ref('sum_benchmark_expected') }}
),

limits as (
    select *
    from {{ ref('sum_benchmark_limits') }}
),

final as (
    select
        practitioners.practitioner_id,
        measures.measure,
        measures.kind,
        case
            when limits.lower_95 is null then 'not_computable'
            when expected.compared_value > limits.upper_998 then 'above_998'
            when expected.compared_value > limits.upper_95 then 'above_95'
            when expected.compared_value < limits.lower_998 then 'below_998'
            when expected.compared_value < limits.lower_95 then 'below_95'
            else 'as_expected'
        end as funnel_class,
        coalesce(expected.own_patients, 0) as own_patients,
        expected.own_value,
        coalesce(expected.compared_patients, 0) as compared_patients,
        expected.compared_value,
        expected.network_patients,
        expected.network_practitioners,
        expected.expected_value,
        limits.lower_998,
        limits.lower_95,
        limits.upper_95,
        limits.upper_998
    from practitioners
    cross join measures
    left join expected
        on
            practitioners.practitioner_id = expected.practitioner_id
            and measures.measure = expected.measure
    left join limits
        on
            practitioners.practitioner_id = limits.practitioner_id
            and measures.measure = limits.measure
)

select * from final
