with cells as (
    select
        metric,
        days_post_session,
        patients,
        mean,
        standard_deviation,
        without_four_answers,
        without_three_answers
    from {{ ref('cell_pulse_days') }}
),

withheld_weeks as (
    select week_post_session
    from {{ ref('cell_withheld_weeks') }}
    where
        subject = 'pulse_days'
        and withheld = 'rows'
),

furthest as (
    select max(days_elapsed) as last_day
    from {{ ref('dim_sessions') }}
),

-- A withheld row stays: absence would tell as much as a number. A day that somebody has reached
-- counts with nobody, too, but not a question that nobody answered all week.
spine as (
    select
        metrics.metric,
        periods.days_post_session,
        {{ quotient('periods.days_post_session', 7) }} as week_post_session,
        periods.days_post_session <= furthest.last_day as is_reached
    from {{ constants(pulse_columns()) }} as metrics (metric)
    cross join {{ numbers(0, 180) }} as periods (days_post_session)
    cross join furthest
),

days as (
    select
        spine.*,
        cells.patients,
        cells.mean,
        cells.standard_deviation,
        cells.without_four_answers,
        cells.without_three_answers,
        max(cells.patients) over (
            partition by spine.metric, spine.week_post_session
        ) as most_patients
    from spine
    left join cells
        on
            spine.metric = cells.metric
            and spine.days_post_session = cells.days_post_session
),

-- The days and metrics of a week go together: one alone could be computed from the others and the
-- week's totals. One more than min_cell must be there on the least day, so that a week whose
-- missed days all lie on one does not tell that exactly a small group answered on it.
weeks as (
    select
        days.week_post_session,
        min(coalesce(days.patients, 0)) - 1 as least_patients
    from days
    left join withheld_weeks on days.week_post_session = withheld_weeks.week_post_session
    where
        days.is_reached
        and days.most_patients > 0
        and withheld_weeks.week_post_session is null
    group by days.week_post_session
),

shown as (
    select
        days.metric,
        days.days_post_session,
        {{ withheld_figures('days', 'weeks.least_patients', [
            'nullif(days.without_four_answers, 0)',
            'nullif(days.without_three_answers, 0)',
        ]) }}
    from days
    left join weeks on days.week_post_session = weeks.week_post_session
),

published as (
    {{ published_means('shown', ['metric', 'days_post_session'], (1, 5)) }}
),

final as (
    select
        *,
        patients is null as is_withheld
    from published
)

select * from final
