with bands as (
    select
        *,
        row_number() over (
            partition by measure, band
            order by patients desc, practitioner_id asc
        ) as place
    from {{ ref('sum_benchmark_bands') }}
),

everybody as (
    select
        measure,
        band,
        count(*) as practitioners,
        sum(patients) as patients,
        sum(total) as total,
        sum(squares) as squares,
        max(patients) filter (where place = 1) as most_patients,
        max(patients) filter (where place = 2) as second_most_patients
    from bands
    group by measure, band
),

-- The network is everybody else: else a large practice would be compared with itself.
networks as (
    select
        bands.practitioner_id,
        bands.measure,
        bands.kind,
        bands.band,
        bands.patients as own_patients,
        bands.total as own_total,
        everybody.patients - bands.patients as patients,
        everybody.practitioners - 1 as practitioners,
        everybody.total - bands.total as total,
        everybody.squares - bands.squares as squares,
        case
            when bands.kind = 'rate'
                then {{ ratio('everybody.total - bands.total', '100') }}
        end as events,
        case
            when bands.place = 1 then everybody.second_most_patients
            else everybody.most_patients
        end as most_patients
    from bands
    inner join everybody
        on
            bands.measure = everybody.measure
            and bands.band = everybody.band
),

-- With only two other practitioners, each could subtract their own figures and learn the other's.
-- A band that is mostly one practitioner's would show the figures of that one.
final as (
    select
        practitioner_id,
        measure,
        kind,
        band,
        own_patients,
        own_total,
        patients,
        practitioners,
        total,
        squares,
        practitioners >= 3
        and 2 * most_patients <= patients
        and {{ withhold('true', 'patients', ['events', 'patients - events']) }} is not null
            as is_shown
    from networks
)

select * from final
