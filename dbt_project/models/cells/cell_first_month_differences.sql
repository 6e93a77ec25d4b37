with cells as (
    select
        metric,
        is_leaver,
        patients,
        mean,
        {{ ratio('standard_deviation * standard_deviation', 'patients') }} as mean_variance
    from {{ ref('cell_first_months') }}
),

sides as (
    select
        leavers.metric,
        leavers.patients as leavers,
        leavers.mean as leavers_mean,
        leavers.mean_variance as leavers_variance,
        stayers.patients as stayers,
        stayers.mean as stayers_mean,
        stayers.mean_variance as stayers_variance,
        leavers.mean_variance + stayers.mean_variance as variance,
        least(leavers.patients, stayers.patients) as least_patients
    from cells as leavers
    inner join cells as stayers on leavers.metric = stayers.metric
    where leavers.is_leaver and not stayers.is_leaver
),

-- Welch 1947: degrees of freedom of two groups with variances of their own, cut off to a whole
-- number. Without any spread the interval has no width, whatever they are.
compared as (
    select
        *,
        coalesce(floor(round({{ ratio(
            'variance * variance',
            'nullif('
            ~ ratio('leavers_variance * leavers_variance', '(leavers - 1)') ~ ' + '
            ~ ratio('stayers_variance * stayers_variance', '(stayers - 1)') ~ ', 0)'
        ) }}, 9)), leavers + stayers - 2)::integer as degrees_of_freedom
    from sides
    where leavers > 1 and stayers > 1
),

-- The lookup goes by the number of patients of one group.
looked_up as (
    select
        *,
        degrees_of_freedom + 1 as patients
    from compared
),

final as (
    select
        looked_up.metric,
        looked_up.leavers,
        {{ in_steps('looked_up.leavers_mean', step('looked_up.leavers')) }} as leavers_mean,
        looked_up.stayers,
        {{ in_steps('looked_up.stayers_mean', step('looked_up.stayers')) }} as stayers_mean,
        {%- set difference = 'looked_up.leavers_mean - looked_up.stayers_mean' %}
        {%- set margin = 'student_t.quantile_975 * sqrt(looked_up.variance)' %}
        {{ in_steps(difference, step('looked_up.least_patients')) }} as difference,
        {{ in_steps(difference ~ ' - ' ~ margin, step('looked_up.least_patients'), 'floor') }}
            as ci_lower,
        {{ in_steps(difference ~ ' + ' ~ margin, step('looked_up.least_patients'), 'ceil') }}
            as ci_upper
    from looked_up
    {{ student_t_lookup('looked_up') }}
)

select * from final
