{#- A composite is of all its questions or of all but one: of four or three. -#}
{%- set all_answers = composite_columns() | length %}
{%- set answers = ['has_other_than_four_answers', 'has_other_than_three_answers'] %}

-- Read twice below; kept, it would be written to disk.
with pulse_days as {{ not_kept() }} (
    select
        pulse_days.session_id,
        pulse_days.days_post_session,
        {{ composite_answers('pulse_days') }} <> {{ all_answers }} as has_other_than_four_answers,
        {{ composite_answers('pulse_days') }} <> {{ all_answers - 1 }}
            as has_other_than_three_answers,
        {{ pulse_twelfths('pulse_days') }}
    from {{ ref('int_journey_pulse_days') }} as pulse_days
),

sessions as {{ not_kept() }} (
    {{ sessions_of_patients(ref('int_sessions')) }}
),

-- One value per person first: a patient with two sessions is not two patients.
days_by_patient as (
    select
        sessions.patient_id,
        pulse_days.days_post_session,
        {%- for answer in answers %}
        bool_or(pulse_days.{{ answer }}) as {{ answer }},
        {%- endfor %}
        {{ pulse_sums('pulse_days') }}
    from pulse_days
    inner join sessions on pulse_days.session_id = sessions.session_id
    where not sessions.is_only_one
    group by sessions.patient_id, pulse_days.days_post_session
),

-- Most patients have one session, and nothing to be put together.
days_of_only_sessions as (
    select pulse_days.*
    from pulse_days
    inner join sessions on pulse_days.session_id = sessions.session_id
    where sessions.is_only_one
),

-- Patients with as many observed days each: a sum of their means needs no division yet.
alike as (
    {{ pulse_groups(
        ['days_by_patient', 'days_of_only_sessions'], ['days_post_session'] + answers
    ) }}
),

parts as (
    {{ pulse_parts('alike', ['days_post_session']) }}
),

across_patients as (
    {{ across_patients('parts', ['metric', 'days_post_session'], 'days', parts_of_a_point()) }}
),

-- Beside the four answers the composite tells the answers of those who gave another number of
-- them than all others did.
composite_patients as (
    select
        'composite' as metric,
        days_post_session,
        sum(patients) filter (where has_other_than_four_answers) as without_four_answers,
        sum(patients) filter (where has_other_than_three_answers) as without_three_answers
    from alike
    group by days_post_session
),

final as (
    select
        across_patients.metric,
        across_patients.days_post_session,
        {{ mean_figures('across_patients') }},
        composite_patients.without_four_answers,
        composite_patients.without_three_answers
    from across_patients
    left join composite_patients
        on
            across_patients.metric = composite_patients.metric
            and across_patients.days_post_session = composite_patients.days_post_session
)

select * from final
