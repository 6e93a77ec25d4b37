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

composites as (
    select
        *,
        'composite' as metric
    from {{ ref('cell_group_composites') }}
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
        composites.{{ answers | join(',\n        composites.') }}
    from reached
    cross join {{ constants(pulse_columns()) }} as metrics (metric)
    left join across_patients
        on
            metrics.metric = across_patients.metric
            and reached.patient_group = across_patients.patient_group
            and reached.week_post_session = across_patients.week_post_session
    left join composites
        on
            metrics.metric = composites.metric
            and reached.patient_group = composites.patient_group
            and reached.week_post_session = composites.week_post_session
)

select * from final
