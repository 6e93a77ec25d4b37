{#- More windows than an instrument has: a place that is not taken holds nobody. -#}
{%- set places = range(1, 5) %}

with people as (
    select
        session_id,
        patient_id,
        instrument
    from {{ ref('cell_follow_up_people') }}
    where has_follow_up
),

compared as (
    select
        session_id,
        patient_id,
        instrument,
        dense_rank() over (
            partition by instrument
            order by outcome_window_days
        ) as place
    from {{ ref('cell_outcome_people') }}
    where change_from_baseline is not null
),

answers as (
    select session_id
    from {{ ref('cell_follow_up_answers') }}
),

sessions as (
    select
        session_id,
        patient_id
    from {{ ref('int_sessions') }}
),

-- Whose baselines are in which sum: of those who came back, or of a window of rpt_outcome_changes.
in_sums as (
    select
        session_id,
        patient_id,
        instrument,
        0 as place
    from people
    union all
    select
        session_id,
        patient_id,
        instrument,
        place
    from compared
),

-- A patient with two sessions adds to a sum twice, so the count of patients leaves them out.
session_sums as (
    select
        instrument,
        max(case when place = 0 then 1 else 0 end) as is_back,
        {%- for place in places %}
        max(case when place = {{ place }} then 1 else 0 end) as is_in_{{ place }},
        {%- endfor %}
        case when count(*) over (partition by instrument, patient_id) = 1 then 1 else 0 end
            as patients
    from in_sums
    group by instrument, patient_id, session_id
),

patterns as (
    select
        instrument,
        is_back,
        {%- for place in places %}
        is_in_{{ place }},
        {%- endfor %}
        sum(patients) as patients
    from session_sums
    group by
        instrument,
        {%- for place in places %}
        is_in_{{ place }},
        {%- endfor %}
        is_back
),

-- Sums added and taken off, such as two windows less those who came back: a patient who cancels out
-- is not in the result.
combined as (
    select
        patterns.instrument,
        {%- for place in places %}
        weights_{{ place }}.weight as weight_{{ place }},
        {%- endfor %}
        times.number,
        patterns.patients,
        {%- for place in places %}
        {{ '+ ' if not loop.first }}weights_{{ place }}.weight * patterns.is_in_{{ place }}
        {%- endfor %}
        - times.number * patterns.is_back as part
    from patterns
    cross join {{ numbers(1, 4) }} as times (number)
    {%- for place in places %}
    cross join {{ numbers(-2, 2) }} as weights_{{ place }} (weight)
    {%- endfor %}
),

differing as (
    select
        instrument as measure,
        sum(patients) as patients
    from combined
    where
        part <> 0
        and least(
            {%- for place in places %}
            weight_{{ place }} * weight_{{ place }} * -1{{ ',' if not loop.last }}
            {%- endfor %}
        ) < 0
    group by
        instrument,
        {%- for place in places %}
        weight_{{ place }},
        {%- endfor %}
        number
    union all
    -- rpt_compliance_by_week adds up the days of all sessions.
    select
        'answered_days' as measure,
        nullif(count(distinct sessions.patient_id), 0) as patients
    from sessions
    left join answers on sessions.session_id = answers.session_id
    where answers.session_id is null
),

final as (
    select
        measure,
        min(patients)::integer as fewest_differing
    from differing
    where patients is not null
    group by measure
)

select * from final
