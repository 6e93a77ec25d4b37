{%- set answers = [
    'without_four_answers', 'without_three_answers', 'without_composite',
] %}

with cells as (
    select
        *,
        max(patients) over (partition by week_post_session, patient_group) as group_patients
    from {{ ref('cell_group_weeks') }}
),

-- A withheld row stays: absence would tell as much as a number.
spine as (
    select
        metrics.metric,
        patient_groups.patient_group,
        periods.week_post_session
    from {{ constants(pulse_columns()) }} as metrics (metric)
    cross join {{ patient_group_rows() }} as patient_groups (patient_group)
    cross join {{ numbers(0, 25) }} as periods (week_post_session)
),

-- All groups of a week or none: one left out would be the week's total less the others. A question
-- that a group was not asked is no group, but a group that has come and answers nothing is one.
-- Patients count with one to spare, as in rpt_pulse_trends_by_week, which then shows the week.
weeks as (
    select
        spine.*,
        coalesce(cells.patients, 0) as patients,
        cells.mean,
        cells.standard_deviation,
        {%- for answer in answers %}
        min(nullif(cells.{{ answer }}, 0)) over cell as {{ answer }},
        {%- endfor %}
        min(case when cells.group_patients = 0 then 0 else nullif(cells.patients, 0) end)
            over week
        - 1 as least_patients
    from spine
    left join cells
        on
            spine.metric = cells.metric
            and spine.patient_group = cells.patient_group
            and spine.week_post_session = cells.week_post_session
    window
        week as (partition by spine.week_post_session),
        cell as (partition by spine.week_post_session, spine.metric)
),

shown as (
    select
        weeks.metric,
        weeks.patient_group,
        weeks.week_post_session,
        {{ withheld_figures('weeks', 'weeks.least_patients', [
            'weeks.without_four_answers',
            'weeks.without_three_answers',
            'weeks.without_composite',
        ]) }}
    from weeks
),

published as (
    {{ published_means('shown', ['metric', 'patient_group', 'week_post_session'], (1, 5)) }}
),

final as (
    select
        *,
        patients is null as is_withheld
    from published
)

select * from final
