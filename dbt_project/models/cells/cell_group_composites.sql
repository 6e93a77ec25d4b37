{#- A composite is of all its questions or of all but one: of four or three. -#}
{%- set all_answers = composite_columns() | length %}

with pulse_days as (
    select
        days.session_id,
        {{ quotient('days.days_post_session', 7) }} as week_post_session,
        {{ composite_answers('days') }} as composite_answers,
        days.composite
    from {{ ref('int_journey_pulse_days') }} as days
),

-- As in cell_pulse_weeks, of each group.
answered_weeks as (
    select
        patient_groups.patient_id,
        patient_groups.patient_group,
        pulse_days.week_post_session,
        bool_or(pulse_days.composite_answers <> {{ all_answers }}) as without_four_answers,
        bool_or(pulse_days.composite_answers <> {{ all_answers - 1 }}) as without_three_answers,
        count(pulse_days.composite) = 0 as without_composite
    from pulse_days
    inner join {{ ref('int_sessions') }} as sessions
        on pulse_days.session_id = sessions.session_id
    inner join {{ ref('int_patient_groups') }} as patient_groups
        on sessions.patient_id = patient_groups.patient_id
    group by
        patient_groups.patient_id, patient_groups.patient_group, pulse_days.week_post_session
),

final as (
    select
        patient_group,
        {%- for answer in ['without_four_answers', 'without_three_answers', 'without_composite'] %}
        (count(*) filter (where {{ answer }}))::integer as {{ answer }},
        {%- endfor %}
        week_post_session
    from answered_weeks
    group by patient_group, week_post_session
)

select * from final
