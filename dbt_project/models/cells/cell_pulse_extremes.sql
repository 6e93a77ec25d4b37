{%- set counts = {'days': 'is not null', 'ones': '= 1', 'fives': '= 5'} %}
{%- set rows = {} %}
{%- for metric in pulse_columns() if metric != 'composite' %}
{%- do rows.update({metric: {
    'days': 'patient_weeks.' ~ metric ~ '_days',
    'ones': 'patient_weeks.' ~ metric ~ '_ones',
    'fives': 'patient_weeks.' ~ metric ~ '_fives',
}}) %}
{%- endfor %}

with pulse_days as (
    select
        session_id,
        {%- for metric, column in pulse_columns().items() if metric != 'composite' %}
        {{ column }},
        {%- endfor %}
        days_post_session
    from {{ ref('int_journey_pulse_days') }}
),

sessions as (
    select
        session_id,
        patient_id
    from {{ ref('int_sessions') }}
),

-- One value per person: a patient with two sessions is not two patients.
patient_weeks as (
    select
        {%- for metric, column in pulse_columns().items() if metric != 'composite' %}
        {%- for name, condition in counts.items() %}
        count(case when pulse_days.{{ column }} {{ condition }} then 1 end)
            as {{ metric }}_{{ name }},
        {%- endfor %}
        {%- endfor %}
        {{ quotient('pulse_days.days_post_session', 7) }} as week_post_session
    from pulse_days
    inner join sessions on pulse_days.session_id = sessions.session_id
    group by sessions.patient_id, {{ quotient('pulse_days.days_post_session', 7) }}
),

patient_answers as (
    select
        questions.question,
        patient_weeks.week_post_session,
        answers.answer,
        questions.days,
        case answers.answer when 1 then questions.ones else questions.fives end as given,
        questions.days - questions.ones - questions.fives as given_between
    from patient_weeks
    cross join {{ rows_of('question', rows) }} as questions
    cross join {{ constants([1, 5]) }} as answers (answer)
    where questions.days > 0
),

parts as (
    select
        question,
        week_post_session,
        answer,
        days,
        count(*) as patients,
        {{ whole_sum('given') }} as total,
        {{ whole_sum('given * given') }} as squares
    from patient_answers
    group by question, week_post_session, answer, days
),

across_patients as (
    {{ across_patients('parts', ['question', 'week_post_session', 'answer'], 'days', 1) }}
),

groups as (
    select
        question,
        week_post_session,
        answer,
        count(*) filter (where given > 0) as patients_who_gave_it,
        count(*) filter (where given < days) as patients_who_gave_another,
        count(*) filter (where given_between > 0) as patients_between
    from patient_answers
    group by question, week_post_session, answer
),

-- An interval from Student's t can reach beyond what a share can be.
final as (
    select
        across_patients.question,
        across_patients.week_post_session,
        across_patients.answer,
        across_patients.patients,
        {%- set margin = ratio(
            '100 * student_t.quantile_975 * across_patients.standard_deviation',
            'sqrt(' ~ real('across_patients.patients') ~ ')'
        ) %}
        {{ round_once('100 * across_patients.mean', 12) }} as share_pct,
        greatest({{ round_once('100 * across_patients.mean - ' ~ margin, 12) }}, 0)
            as share_ci_lower_pct,
        least({{ round_once('100 * across_patients.mean + ' ~ margin, 12) }}, 100)
            as share_ci_upper_pct,
        groups.patients_who_gave_it,
        groups.patients_who_gave_another,
        groups.patients_between
    from across_patients
    inner join groups
        on
            across_patients.question = groups.question
            and across_patients.week_post_session = groups.week_post_session
            and across_patients.answer = groups.answer
    {{ student_t_lookup('across_patients') }}
)

select * from final
