{%- set sides = {'later': 'session_weeks', 'first': 'first_months'} %}

with session_weeks as (
    select *
    from {{ ref('int_session_weeks') }}
    where week_post_session > 4
),

first_months as (
    select *
    from {{ ref('int_first_months') }}
),

sessions as (
    select
        session_id,
        patient_id
    from {{ ref('int_sessions') }}
),

-- A session counts with both sides or not at all.
session_sides as (
    select
        sessions.patient_id,
        {%- for metric in pulse_columns() %}
        {%- for side, relation in sides.items() %}
        {%- for column in ['twelfths', 'days'] %}
        case
            when session_weeks.{{ metric }}_days > 0 and first_months.{{ metric }}_days > 0
                then {{ relation }}.{{ metric }}_{{ column }}
        end as {{ side }}_{{ metric }}_{{ column }},
        {%- endfor %}
        {%- endfor %}
        {%- endfor %}
        session_weeks.week_post_session
    from session_weeks
    inner join first_months on session_weeks.session_id = first_months.session_id
    inner join sessions on session_weeks.session_id = sessions.session_id
),

-- One value per person: a patient with two sessions is not two patients.
patient_sides as (
    select
        patient_id,
        {%- for metric in pulse_columns() %}
        {%- for side in sides %}
        {{ whole_sum(side ~ '_' ~ metric ~ '_twelfths') }} as {{ side }}_{{ metric }}_twelfths,
        {{ whole_sum(side ~ '_' ~ metric ~ '_days') }} as {{ side }}_{{ metric }}_days,
        {%- endfor %}
        {%- endfor %}
        week_post_session
    from session_sides
    group by patient_id, week_post_session
),

-- A difference of two means is a whole number over the product of their days.
changes as (
    select
        {%- for metric in pulse_columns() %}
        {{ for_products('later_' ~ metric ~ '_twelfths') }} * first_{{ metric }}_days
        - {{ for_products('first_' ~ metric ~ '_twelfths') }} * later_{{ metric }}_days
            as {{ metric }}_twelfths,
        coalesce(later_{{ metric }}_days * first_{{ metric }}_days, 0) as {{ metric }}_days,
        {%- endfor %}
        week_post_session
    from patient_sides
),

alike as (
    {{ pulse_groups(['changes'], ['week_post_session']) }}
),

parts as (
    {{ pulse_parts('alike', ['week_post_session']) }}
),

across_patients as (
    {{ across_patients('parts', ['metric', 'week_post_session'], 'days', parts_of_a_point()) }}
),

composite_patients as (
    select
        'composite' as metric,
        alike.week_post_session,
        {{ without_composite('alike') }}
    from alike
    group by alike.week_post_session
),

final as (
    select
        across_patients.metric,
        across_patients.week_post_session,
        {{ mean_figures('across_patients') }},
        composite_patients.without_composite
    from across_patients
    left join composite_patients
        on
            across_patients.metric = composite_patients.metric
            and across_patients.week_post_session = composite_patients.week_post_session
)

select * from final
