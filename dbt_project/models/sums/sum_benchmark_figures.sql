{%- set is_mean = "in ('" ~ benchmark_means() | join("', '") ~ "')" %}

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

shares as (
    select
        compared_practitioner_id,
        is_own,
        measure,
        patients,
        total as events,
        {{ share_columns('share', 'total', 'patients') }}
    from across_patients
    where measure not {{ is_mean }}
),

final as (
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
    {{ student_t_lookup('across_patients') }}
    where across_patients.measure {{ is_mean }}
)

select * from final
