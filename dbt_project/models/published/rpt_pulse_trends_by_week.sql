with cells as (
    select *
    from {{ ref('cell_pulse_weeks') }}
),

-- A withheld row stays: absence would tell as much as a number.
spine as (
    select
        metrics.metric,
        periods.week_post_session
    from {{ constants(pulse_columns()) }} as metrics (metric)
    cross join {{ numbers(0, 25) }} as periods (week_post_session)
),

-- The metrics of a week go together, since the composite tells of each question how many at least
-- have answered it. A question that nobody answered is no group. Patients count with one to spare,
-- as in rpt_review_flags.
weeks as (
    select
        spine.*,
        cells.patients,
        cells.mean,
        cells.standard_deviation,
        cells.without_four_answers,
        cells.without_three_answers,
        cells.without_composite,
        min(cells.patients) over (partition by spine.week_post_session) - 1 as least_patients
    from spine
    left join cells
        on
            spine.metric = cells.metric
            and spine.week_post_session = cells.week_post_session
),

shown as (
    select
        weeks.metric,
        weeks.week_post_session,
        {{ withheld_figures('weeks', 'weeks.least_patients', [
            'nullif(weeks.without_four_answers, 0)',
            'nullif(weeks.without_three_answers, 0)',
            'nullif(weeks.without_composite, 0)',
        ]) }}
    from weeks
),

published as (
    {{ published_means('shown', ['metric', 'week_post_session'], (1, 5)) }}
),

final as (
    select
        *,
        patients is null as is_withheld
    from published
)

select * from final
