with instruments as (
    select
        instrument,
        caseness_score,
        reliable_change,
        response_share,
        remission_score,
        first_outcome_window_days
    from {{ ref('ref_instruments') }}
),

windows as (
    select window_days
    from {{ ref('ref_outcome_windows') }}
),

outcome_windows as (
    select
        session_id,
        patient_id,
        instrument,
        response_class,
        remission_class,
        reliable_change_class,
        outcome_window_days,
        score,
        baseline_score,
        is_eligible,
        session_date
    from {{ ref('int_outcome_windows') }}
),

-- A withheld row stays: absence would tell as much as a number.
spine as (
    select
        instruments.*,
        windows.window_days as outcome_window_days
    from instruments
    inner join windows on instruments.first_outcome_window_days <= windows.window_days
),

-- One session a patient, so that the intervals are over persons. Whether a follow-up was made
-- chooses only among sessions that are not eligible, so no rate gains from it.
one_per_patient as (
    {{ one_per_patient('outcome_windows', ['instrument', 'outcome_window_days']) }}
),

-- A score without one before says nothing of a change, and few such scores would have to hide the
-- others' changes.
judged as (
    select
        *,
        case when baseline_score is not null then score end as score_compared
    from one_per_patient
),

across_patients as (
    select
        instrument,
        outcome_window_days,
        count(score_compared)::integer as patients,
        avg(score_compared) as mean,
        stddev_samp(score_compared) as standard_deviation,
        (count(*) filter (where is_eligible))::integer as eligible,
        (count(score) filter (where is_eligible))::integer as eligible_observed,
        (count(*) filter (where response_class = 'response'))::integer as responders,
        (count(*) filter (where remission_class = 'remission'))::integer as remitted,
        (count(*) filter (where reliable_change_class <> 'not_computable'))::integer as with_change,
        (count(*) filter (where reliable_change_class = 'reliable_improvement'))::integer
            as reliably_improved,
        (count(*) filter (where reliable_change_class = 'reliable_deterioration'))::integer
            as reliably_deteriorated
    from judged
    group by instrument, outcome_window_days
),

-- What an instrument does not define is NULL, and so is not 0 of anything.
final as (
    select
        spine.instrument,
        spine.outcome_window_days,
        {{ round_once('across_patients.mean', 12) }} as mean,
        {{ round_once('across_patients.standard_deviation', 12) }} as standard_deviation,
        {%- for count, definition in {
            'eligible': 'caseness_score',
            'eligible_observed': 'caseness_score',
            'responders': 'response_share',
            'remitted': 'remission_score',
            'with_change': 'reliable_change',
            'reliably_improved': 'reliable_change',
            'reliably_deteriorated': 'reliable_change',
        }.items() %}
        case
            when spine.{{ definition }} is not null then coalesce(across_patients.{{ count }}, 0)
        end as {{ count }},
        {%- endfor %}
        coalesce(across_patients.patients, 0) as patients
    from spine
    left join across_patients
        on
            spine.instrument = across_patients.instrument
            and spine.outcome_window_days = across_patients.outcome_window_days
)

select * from final
