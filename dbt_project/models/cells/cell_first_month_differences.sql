with cells as (
    select
        metric,
        is_leaver,
        patients,
        mean,
        standard_deviation
    from {{ ref('cell_first_months') }}
),

-- A side of one patient has no deviation, and so the difference no interval.
final as (
    select
        leavers.metric,
        leavers.patients as leavers,
        leavers.mean as leavers_mean,
        leavers.standard_deviation as leavers_deviation,
        stayers.patients as stayers,
        stayers.mean as stayers_mean,
        stayers.standard_deviation as stayers_deviation
    from cells as leavers
    inner join cells as stayers on leavers.metric = stayers.metric
    where
        leavers.is_leaver
        and not stayers.is_leaver
        and leavers.patients > 1
        and stayers.patients > 1
)

select * from final
