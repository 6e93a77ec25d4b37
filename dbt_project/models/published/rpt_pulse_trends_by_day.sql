{%- set answers = ['has_other_than_four_answers', 'has_other_than_three_answers'] %}

-- Read twice below; kept, it would be written to disk.
with pulse_days as {{ not_kept() }} (
    select
        pulse_days.session_id,
        pulse_days.days_post_session,
        pulse_days.answers_given <> 4 as has_other_than_four_answers,
        pulse_days.answers_given <> 3 as has_other_than_three_answers,
        {{ pulse_twelfths('pulse_days') }}
    from {{ ref('int_pulse_days') }} as pulse_days
    where pulse_days.days_post_session between 0 and 180
),

sessions as {{ not_kept() }} (
    select
        session_id,
        patient_id,
        days_elapsed,
        count(*) over (partition by patient_id) = 1 as is_only_one
    from {{ ref('dim_sessions') }}
),

compliance_weeks as (
    select
        week_post_session,
        is_share_withheld
    from {{ ref('rpt_compliance_by_week') }}
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
    {{ pulse_groups('days_by_patient', ['days_post_session'] + answers) }}
    union all
    {{ pulse_groups('days_of_only_sessions', ['days_post_session'] + answers) }}
),

parts as (
    {{ pulse_parts('alike', 'days_post_session') }}
),

across_patients as (
    {{ across_patients(['metric', 'days_post_session'], 'days', 12) }}
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

furthest as (
    select max(days_elapsed) as last_day
    from sessions
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
        spine.metric,
        spine.days_post_session,
        spine.week_post_session,
        spine.is_reached,
        across_patients.patients,
        across_patients.mean,
        across_patients.standard_deviation,
        composite_patients.without_four_answers,
        composite_patients.without_three_answers,
        max(across_patients.patients) over (
            partition by spine.metric, spine.week_post_session
        ) as most_patients
    from spine
    left join across_patients
        on
            spine.metric = across_patients.metric
            and spine.days_post_session = across_patients.days_post_session
    left join composite_patients
        on
            spine.metric = composite_patients.metric
            and spine.days_post_session = composite_patients.days_post_session
),

-- The days and metrics of a week go together: one alone could be computed from the others and the
-- week's totals. One more than min_cell must be there on the least day, so that a week whose
-- missed days all lie on one does not tell that exactly a small group answered on it.
weeks as (
    select
        days.week_post_session,
        min(coalesce(days.patients, 0)) - 1 as least_patients
    from days
    inner join compliance_weeks on days.week_post_session = compliance_weeks.week_post_session
    where
        days.is_reached
        and days.most_patients > 0
        and not compliance_weeks.is_share_withheld
    group by days.week_post_session
),

final as (
    select
        across_patients.metric,
        across_patients.days_post_session,
        {{ trend_columns('weeks.least_patients', [
            'nullif(across_patients.without_four_answers, 0)',
            'nullif(across_patients.without_three_answers, 0)',
        ]) }}
    from days as across_patients
    left join weeks on across_patients.week_post_session = weeks.week_post_session
    {{ student_t_lookup() }}
)

select * from final
