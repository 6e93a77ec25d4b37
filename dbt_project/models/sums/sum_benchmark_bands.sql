with patients as (
    select
        practitioner_id,
        measure,
        band,
        value,
        'mean' as kind
    from {{ ref('sum_benchmark_means') }}
    union all
    select
        practitioner_id,
        measure,
        band,
        value,
        'rate' as kind
    from {{ ref('sum_benchmark_rates') }}
),

-- Exact sums: what others have is what all have, less the own.
final as (
    select
        practitioner_id,
        measure,
        kind,
        band,
        count(*) as patients,
        sum(value) as total,
        sum(value * value) as squares
    from patients
    group by practitioner_id, measure, kind, band
)

select * from final
