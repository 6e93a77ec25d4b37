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
        {%- for side in ['leavers', 'stayers'] %}
        {%- for figure in ['', '_mean', '_deviation'] %}
        {{ withhold(
            'cells.' ~ side ~ figure, 'safe.least_patients', ['composites.least_without']
        ) }} as {{ side }}{{ figure }},
        {%- endfor %}
        {%- endfor %}
        metrics.metric
    from {{ constants(pulse_columns()) }} as metrics (metric)
    cross join safe
    left join cells on metrics.metric = cells.metric
    left join composites on metrics.metric = composites.metric
),

-- The difference is that of the means as they are shown, in steps of the smaller group.
rounded as (
    select
        shown.metric,
        {%- for side in ['leavers', 'stayers'] %}
        {{ published_count('shown.' ~ side, side ~ '_steps') }} as {{ side }},
        {{ published_mean('shown.' ~ side ~ '_mean', side ~ '_steps', (1, 5)) }}
            as {{ side }}_mean,
        {{ published_deviation('shown.' ~ side ~ '_deviation', side ~ '_steps') }}
            as {{ side }}_deviation,
        {%- endfor %}
        greatest(leavers_steps.mean_step, stayers_steps.mean_step) as mean_step
    from shown
    {{ precision_lookup('shown.leavers', 'leavers_steps') }}
    {{ precision_lookup('shown.stayers', 'stayers_steps') }}
),

variances as (
    select
        *,
        {{ in_steps('leavers_mean - stayers_mean', 'mean_step') }} as difference,
        {{ ratio('leavers_deviation * leavers_deviation', 'nullif(leavers, 0)') }}
            as leavers_variance,
        {{ ratio('stayers_deviation * stayers_deviation', 'nullif(stayers, 0)') }}
            as stayers_variance
    from rounded
),

-- Welch 1947: degrees of freedom of two groups with variances of their own, cut off to a whole
-- number. The lookup goes by the number of patients of one group.
compared as (
    select
        *,
        leavers_variance + stayers_variance as variance,
        1 + floor(round({{ ratio(
            '(leavers_variance + stayers_variance) * (leavers_variance + stayers_variance)',
            'nullif('
            ~ ratio('leavers_variance * leavers_variance', 'nullif(leavers - 1, 0)') ~ ' + '
            ~ ratio('stayers_variance * stayers_variance', 'nullif(stayers - 1, 0)') ~ ', 0)'
        ) }}, 9))::integer as patients
    from variances
),

final as (
    select
        {%- set margin = 'student_t.quantile_975 * sqrt(compared.variance)' %}
        compared.metric,
        compared.leavers,
        compared.leavers_mean,
        compared.stayers,
        compared.stayers_mean,
        compared.difference,
        {{ published_bound('compared.difference', '-', margin, 'compared.mean_step') }}
            as ci_lower,
        {{ published_bound('compared.difference', '+', margin, 'compared.mean_step') }}
            as ci_upper,
        compared.leavers is null as is_withheld
    from compared
    {{ student_t_lookup('compared') }}
)

select * from final
