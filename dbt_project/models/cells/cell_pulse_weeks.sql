{#- A composite is of all its questions or of all but one: of four or three. -#}
{%- set all_answers = composite_columns() | length %}
{%- set answers = [
    'without_four_answers', 'without_three_answers', 'without_composite',
] %}

with session_weeks as (
    select *
    from {{ ref('int_session_weeks') }}
),

sessions as {{ not_kept() }} (
    {{ sessions_of_patients(ref('int_sessions')) }}
),

-- One value per person first: a patient with two sessions is not two patients.
weeks_by_patient as (
    select
        sessions.patient_id,
        session_weeks.week_post_session,
        {{ pulse_sums('session_weeks') }}
    from session_weeks
    inner join sessions on session_weeks.session_id = sessions.session_id
    where not sessions.is_only_one
    group by sessions.patient_id, session_weeks.week_post_session
),

-- Most patients have one session, and nothing to be put together.
weeks_of_only_sessions as (
    select session_weeks.*
    from session_weeks
    inner join sessions on session_weeks.session_id = sessions.session_id
    where sessions.is_only_one
),

-- Patients with as many observed days each: a sum of their means needs no division yet.
alike as (
    {{ pulse_groups(['weeks_by_patient', 'weeks_of_only_sessions'], ['week_post_session']) }}
),

parts as (
    {{ pulse_parts('alike', ['week_post_session']) }}
),

-- Beside the four questions the composite tells the answers of those whose week differs from the
-- week of all others: in how many answers they gave, or by having no composite at all.
pulse_days as (
    select
        days.session_id,
        days.days_post_session,
        {{ composite_answers('days') }} as composite_answers,
        days.composite
    from {{ ref('int_journey_pulse_days') }} as days
),

answered_weeks as (
    select
        sessions.patient_id,
        {{ quotient('pulse_days.days_post_session', 7) }} as week_post_session,
        bool_or(pulse_days.composite_answers <> {{ all_answers }}) as without_four_answers,
        bool_or(pulse_days.composite_answers <> {{ all_answers - 1 }}) as without_three_answers,
        count(pulse_days.composite) = 0 as without_composite
    from pulse_days
    inner join sessions on pulse_days.session_id = sessions.session_id
    group by sessions.patient_id, {{ quotient('pulse_days.days_post_session', 7) }}
),

composite_patients as (
    select
        'composite' as metric,
        {%- for answer in answers %}
        (count(*) filter (where {{ answer }}))::integer as {{ answer }},
        {%- endfor %}
        week_post_session
    from answered_weeks
    group by week_post_session
),

across_patients as (
    {{ across_patients('parts', ['metric', 'week_post_session'], 'days', parts_of_a_point()) }}
),

final as (
    select
        across_patients.metric,
        across_patients.week_post_session,
        {{ mean_figures('across_patients') }},
        composite_patients.{{ answers | join(',\n        composite_patients.') }}
    from across_patients
    left join composite_patients
        on
            across_patients.metric = composite_patients.metric
            and across_patients.week_post_session = composite_patients.week_post_session
)

select * from final
