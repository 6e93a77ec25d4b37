with cells as (
    select
        metric,
        week_post_session,
        patients,
        mean,
        standard_deviation,
        without_composite
    from {{ ref('cell_pulse_changes') }}
),

week_cells as (
    select
        metric,
        week_post_session,
        patients
    from {{ ref('cell_pulse_weeks') }}
),

-- A withheld row stays: absence would tell as much as a number.
spine as (
    select
        metrics.metric,
        periods.week_post_session
    from {{ constants(pulse_columns()) }} as metrics (metric)
    cross join {{ numbers(5, 25) }} as periods (week_post_session)
),

counted as (
    select
        spine.metric,
        spine.week_post_session,
        cells.patients,
        cells.mean,
        cells.standard_deviation,
        cells.without_composite,
        coalesce(week_cells.patients, 0) - coalesce(cells.patients, 0) as others
    from spine
    left join cells
        on
            spine.metric = cells.metric
            and spine.week_post_session = cells.week_post_session
    left join week_cells
        on
            spine.metric = week_cells.metric
            and spine.week_post_session = week_cells.week_post_session
),

-- The metrics of a week go together, as in the trend. Its mean less this change is the first month
-- of the same people: of the others of the week there must be none or many.
weeks as (
    select
        *,
        min(patients) over week - 1 as least_patients,
        min(nullif(others, 0)) over week as least_others
    from counted
    window week as (partition by week_post_session)
),

shown as (
    select
        weeks.metric,
        weeks.week_post_session,
        {{ withheld_figures('weeks', 'weeks.least_patients', [
            'weeks.least_others', 'nullif(weeks.without_composite, 0)',
        ]) }}
    from weeks
),

published as (
    {{ published_means('shown', ['metric', 'week_post_session']) }}
),

final as (
    select
        metric,
        week_post_session,
        patients,
        mean as mean_change,
        ci_lower,
        ci_upper,
        patients is null as is_withheld
    from published
)

select * from final
