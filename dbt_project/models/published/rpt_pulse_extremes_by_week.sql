with cells as (
    select *
    from {{ ref('cell_pulse_extremes') }}
),

-- The metrics of a week go together, and patients count with one to spare, as in the trend.
week_cells as (
    select
        week_post_session,
        min(patients) - 1 as least_patients
    from {{ ref('cell_pulse_weeks') }}
    group by week_post_session
),

-- A withheld row stays: absence would tell as much as a number.
spine as (
    select
        questions.question,
        weeks.week_post_session,
        answers.answer
    from {{ constants(pulse_columns()) }} as questions (question)
    cross join {{ numbers(0, 25) }} as weeks (week_post_session)
    cross join {{ constants([1, 5]) }} as answers (answer)
    where questions.question <> 'composite'
),

-- One more than min_cell on each side of a share: what is withheld tells, too. Both shares of a
-- question tell of those who gave an answer between them.
counted as (
    select
        spine.*,
        cells.patients,
        cells.share_pct,
        cells.share_ci_lower_pct,
        cells.share_ci_upper_pct,
        week_cells.least_patients,
        least(
            cells.patients_who_gave_it, cells.patients_who_gave_another, cells.patients_between
        ) - 1 as least_side
    from spine
    left join cells
        on
            spine.question = cells.question
            and spine.week_post_session = cells.week_post_session
            and spine.answer = cells.answer
    left join week_cells on spine.week_post_session = week_cells.week_post_session
),

shown as (
    select
        question,
        week_post_session,
        answer,
        {%- for figure in ['share_pct', 'share_ci_lower_pct', 'share_ci_upper_pct'] %}
        {{ withhold(figure, 'least_patients', ['least_side']) }} as {{ figure }},
        {%- endfor %}
        {{ withhold('patients', 'least_patients') }} as patients
    from counted
),

final as (
    select
        shown.question,
        shown.week_post_session,
        shown.answer,
        {{ published_count('shown.patients') }} as patients,
        {%- for figure, rounding in {
            'share_pct': 'round',
            'share_ci_lower_pct': 'floor',
            'share_ci_upper_pct': 'ceil',
        }.items() %}
        {{ in_steps('shown.' ~ figure, 'steps.share_step_pct', rounding) }} as {{ figure }},
        {%- endfor %}
        shown.patients is null as is_withheld,
        shown.share_pct is null as is_share_withheld
    from shown
    {{ precision_lookup('shown.patients') }}
)

select * from final
