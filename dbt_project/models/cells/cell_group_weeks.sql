{#- A composite is of all its questions or of all but one: of four or three. -#}
{%- set all_answers = composite_columns() | length %}
{%- set answers = [
    'without_four_answers', 'without_three_answers', 'without_composite',
] %}

with session_weeks as (
    select *
    from {{ ref('int_session_weeks') }}
),

patient_groups as (
    select
        patient_id,
        patient_group
    from {{ ref('int_patient_groups') }}
),

sessions as {{ not_kept() }} (
    select
        int_sessions.session_id,
        patient_groups.patient_id,
        patient_groups.patient_group
    from {{ ref('int_sessions') }} as int_sessions
    inner join patient_groups on int_sessions.patient_id = patient_groups.patient_id
),

-- Also who answers nothing: a group is there as soon as one of its patients has come to the week.
weeks_by_patient as (
    select
        sessions.patient_id,
        sessions.patient_group,
        session_weeks.week_post_session,
        {{ pulse_sums('session_weeks') }}
    from session_weeks
    inner join sessions on session_weeks.session_id = sessions.session_id
    group by sessions.patient_id, sessions.patient_group, session_weeks.week_post_session
),

reached as (
    select
        patient_group,
        week_post_session,
        count(*)::integer as reached_patients
    from weeks_by_patient
    group by patient_group, week_post_session
),

alike as (
    {{ pulse_groups(['weeks_by_patient'], ['patient_group', 'week_post_session']) }}
),

parts as (
    {{ pulse_parts('alike', ['patient_group', 'week_post_session']) }}
),

across_patients as (
    {{ across_patients(
        'parts', ['metric', 'patient_group', 'week_post_session'], 'days', parts_of_a_point()
    ) }}
),

pulse_days as (
    select
        days.session_id,
        days.days_post_session,
        {{ composite_answers('days') }} as composite_answers,
        days.composite
    from {{ ref('int_journey_pulse_days') }} as days
),

-- As in cell_pulse_weeks, of each group.
answered_weeks as (
    select
        sessions.patient_id,
        sessions.patient_group,
        {{ quotient('pulse_days.days_post_session', 7) }} as week_post_session,
        bool_or(pulse_days.composite_answers <> {{ all_answers }}) as without_four_answers,
        bool_or(pulse_days.composite_answers <> {{ all_answers - 1 }}) as without_three_answers,
        count(pulse_days.composite) = 0 as without_composite
    from pulse_days
    inner join sessions on pulse_days.session_id = sessions.session_id
    group by
        sessions.patient_id,
        sessions.patient_group,
        {{ quotient('pulse_days.days_post_session', 7) }}
),

composite_patients as (
    select
        'composite' as metric,
        patient_group,
        {%- for answer in answers %}
        (count(*) filter (where {{ answer }}))::integer as {{ answer }},
        {%- endfor %}
        week_post_session
    from answered_weeks
    group by patient_group, week_post_session
),

final as (
    select
        metrics.metric,
        reached.patient_group,
        reached.week_post_session,
        reached.reached_patients,
        coalesce(across_patients.patients, 0) as patients,
        {{ round_once('across_patients.mean', 12) }} as mean,
        {{ round_once('across_patients.standard_deviation', 12) }} as standard_deviation,
        composite_patients.{{ answers | join(',\n        composite_patients.') }}
    from reached
    cross join {{ constants(pulse_columns()) }} as metrics (metric)
    left join across_patients
        on
            metrics.metric = across_patients.metric
            and reached.patient_group = across_patients.patient_group
            and reached.week_post_session = across_patients.week_post_session
    left join composite_patients
        on
            metrics.metric = composite_patients.metric
            and reached.patient_group = composite_patients.patient_group
            and reached.week_post_session = composite_patients.week_post_session
)

select * from final
