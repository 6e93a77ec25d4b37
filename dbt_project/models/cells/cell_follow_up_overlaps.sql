with people as (
    select
        session_id,
        patient_id,
        instrument,
        has_follow_up
    from {{ ref('cell_follow_up_people') }}
),

compared as (
    select
        session_id,
        patient_id,
        instrument,
        outcome_window_days
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

-- The sums that follow from a row: of those who came back, and of everybody.
parts as (
    select
        session_id,
        patient_id,
        instrument,
        'with_follow_up' as part
    from people
    where has_follow_up
    union all
    select
        session_id,
        patient_id,
        instrument,
        'everybody' as part
    from people
),

pairs as (
    select distinct
        parts.instrument,
        parts.part,
        compared.outcome_window_days
    from parts
    inner join compared on parts.instrument = compared.instrument
),

both_sides as (
    select
        pairs.*,
        parts.session_id,
        parts.patient_id
    from pairs
    inner join parts on pairs.instrument = parts.instrument and pairs.part = parts.part
    union all
    select
        pairs.*,
        compared.session_id,
        compared.patient_id
    from pairs
    inner join compared
        on
            pairs.instrument = compared.instrument
            and pairs.outcome_window_days = compared.outcome_window_days
),

in_one_of_both as (
    select
        instrument,
        part,
        outcome_window_days,
        patient_id
    from both_sides
    group by instrument, part, outcome_window_days, session_id, patient_id
    having count(*) = 1
),

differing as (
    select
        instrument as measure,
        count(distinct patient_id) as patients
    from in_one_of_both
    group by instrument, part, outcome_window_days
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
