{%- set figures = [
    'leavers', 'leavers_mean', 'stayers', 'stayers_mean', 'difference', 'ci_lower', 'ci_upper',
] %}

with cells as (
    select *
    from {{ ref('cell_first_month_differences') }}
),

sides as (
    select *
    from {{ ref('cell_first_months') }}
),

-- The metrics go together, since the composite tells of each question how many at least have
-- answered it. One more than min_cell, since the two groups together may be known.
safe as (
    select min(patients) - 1 as least_patients
    from sides
),

-- Beside the questions the composite tells the answers of those who have none.
composites as (
    select
        metric,
        min(nullif(without_composite, 0)) as least_without
    from sides
    group by metric
),

-- A withheld row stays: absence would tell as much as a number.
shown as (
    select
        {%- for figure in figures %}
        {{ withhold('cells.' ~ figure, 'safe.least_patients', ['composites.least_without']) }}
            as {{ figure }},
        {%- endfor %}
        metrics.metric
    from {{ constants(pulse_columns()) }} as metrics (metric)
    cross join safe
    left join cells on metrics.metric = cells.metric
    left join composites on metrics.metric = composites.metric
),

final as (
    select
        metric,
        leavers,
        leavers_mean,
        stayers,
        stayers_mean,
        difference,
        ci_lower,
        ci_upper,
        leavers is null as is_withheld
    from shown
)

select * from final
