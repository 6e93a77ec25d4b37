with first_months as (
    select *
    from {{ ref('int_first_months') }}
),

session_weeks as (
    select
        session_id,
        week_post_session,
        due_days,
        observed_days
    from {{ ref('int_session_weeks') }}
),

sessions as (
    select
        session_id,
        patient_id
    from {{ ref('int_sessions') }}
),

-- Only a journey whose 180 days are over tells who left: its week 25 has six due days. Its last
-- four weeks begin with week 22.
whole_journeys as (
    select
        session_id,
        max(case when observed_days > 0 then week_post_session end) as last_answered_week
    from session_weeks
    group by session_id
    having max(case when week_post_session = 25 then due_days end) = 6
),

-- One value per person: a patient with two sessions is not two patients, and stays under either.
patients as (
    select
        sessions.patient_id,
        max(coalesce(whole_journeys.last_answered_week, 0)) < 22 as is_leaver,
        {{ pulse_sums('first_months') }}
    from whole_journeys
    inner join sessions on whole_journeys.session_id = sessions.session_id
    inner join first_months on whole_journeys.session_id = first_months.session_id
    group by sessions.patient_id
),

alike as (
    {{ pulse_groups(['patients'], ['is_leaver']) }}
),

parts as (
    {{ pulse_parts('alike', ['is_leaver']) }}
),

cells as (
    {{ across_patients('parts', ['metric', 'is_leaver'], 'days', parts_of_a_point()) }}
),

composite_patients as (
    select
        'composite' as metric,
        alike.is_leaver,
        {{ without_composite('alike') }}
    from alike
    group by alike.is_leaver
),

final as (
    select
        cells.*,
        composite_patients.without_composite
    from cells
    left join composite_patients
        on
            cells.metric = composite_patients.metric
            and cells.is_leaver = composite_patients.is_leaver
)

select * from final
