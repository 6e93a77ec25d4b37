with assessments as (
    select
        session_id,
        instrument,
        response_class,
        remission_class,
        reliable_change_class,
        score,
        outcome_window_days,
        is_baseline
    from {{ ref('fct_assessments') }}
    where is_baseline or outcome_window_days is not null
),

sessions as (
    select
        session_id,
        patient_id,
        days_elapsed,
        session_date
    from {{ ref('dim_sessions') }}
),

instruments as (
    select
        instrument,
        caseness_score,
        reliable_change,
        response_share,
        remission_score,
        first_outcome_window_days
    from {{ ref('ref_instruments') }}
),

outcome_windows as (
    select
        window_days,
        last_day
    from {{ ref('ref_outcome_windows') }}
),

-- A withheld row stays: absence would tell as much as a number.
spine as (
    select
        instruments.*,
        outcome_windows.window_days as outcome_window_days,
        outcome_windows.last_day
    from instruments
    inner join outcome_windows
        on instruments.first_outcome_window_days <= outcome_windows.window_days
),

-- Only windows that are over: in an open one the early scores stand for all, and may be replaced.
closed_windows as (
    {{ closed_windows() }}
),

-- One session a patient, so that the intervals are over persons. Whether a follow-up was made
-- chooses only among sessions that are not eligible, so no rate gains from it.
one_per_patient as (
    {{ one_per_patient('closed_windows', ['instrument', 'outcome_window_days']) }}
),

across_patients as (
    select
        instrument,
        outcome_window_days,
        count(score)::integer as patients,
        avg(score) as mean,
        stddev_samp(score) as standard_deviation,
        (count(*) filter (where is_eligible))::integer as eligible,
        (count(score) filter (where is_eligible))::integer as eligible_observed,
        (count(*) filter (where response_class = 'response'))::integer as responders,
        (count(*) filter (where remission_class = 'remission'))::integer as remitted,
        (count(*) filter (where reliable_change_class <> 'not_computable'))::integer as with_change,
        (count(*) filter (where reliable_change_class = 'reliable_improvement'))::integer
            as reliably_improved,
        (count(*) filter (where reliable_change_class = 'reliable_deterioration'))::integer
            as reliably_deteriorated
    from one_per_patient
    group by instrument, outcome_window_days
),

-- What an instrument does not define is NULL, and so is not 0 of anything. Who knows the
-- definitions knows which groups lie within which: there the difference is a group, too.
counted as (
    select
        spine.instrument,
        spine.outcome_window_days,
        across_patients.mean,
        across_patients.standard_deviation,
        coalesce(across_patients.patients, 0) as patients,
        case
            when spine.caseness_score is not null then coalesce(across_patients.eligible, 0)
        end as eligible,
        case
            when spine.caseness_score is not null
                then coalesce(across_patients.eligible_observed, 0)
        end as eligible_observed,
        case
            when spine.response_share is not null then coalesce(across_patients.responders, 0)
        end as responders,
        case
            when spine.remission_score is not null then coalesce(across_patients.remitted, 0)
        end as remitted,
        case
            when spine.reliable_change is not null then coalesce(across_patients.with_change, 0)
        end as with_change,
        case
            when spine.reliable_change is not null
                then coalesce(across_patients.reliably_improved, 0)
        end as reliably_improved,
        case
            when spine.reliable_change is not null
                then coalesce(across_patients.reliably_deteriorated, 0)
        end as reliably_deteriorated,
        spine.caseness_score * spine.response_share >= spine.reliable_change
            as are_responders_improved,
        spine.caseness_score - spine.remission_score >= spine.reliable_change
            as are_remitted_improved
    from spine
    left join across_patients
        on
            spine.instrument = across_patients.instrument
            and spine.outcome_window_days = across_patients.outcome_window_days
),

-- Each group is shown unless it, or what would be left of a group already shown, is small. The
-- larger groups come first, so of two that give a third away the smaller is withheld.
totals_shown as (
    select
        *,
        {{ withhold('patients', 'patients') }} as shown_patients,
        {{ withhold('eligible', 'eligible') }} as shown_eligible
    from counted
),

observed_shown as (
    select
        *,
        {{ withhold('eligible_observed', 'eligible_observed', [
            'nullif(shown_eligible - eligible_observed, 0)',
            'nullif(shown_patients - eligible_observed, 0)',
        ]) }} as shown_observed
    from totals_shown
),

change_shown as (
    select
        *,
        {{ withhold('with_change', 'with_change', [
            'nullif(shown_patients - with_change, 0)',
            'nullif(with_change - shown_observed, 0)',
        ]) }} as shown_change
    from observed_shown
),

responders_shown as (
    select
        *,
        {{ withhold('responders', 'responders', [
            'shown_patients - responders',
            'shown_eligible - responders',
            'shown_observed - responders',
            'shown_change - responders',
        ]) }} as shown_responders
    from change_shown
),

remitted_shown as (
    select
        *,
        {{ withhold('remitted', 'remitted', [
            'shown_patients - remitted',
            'shown_eligible - remitted',
            'shown_observed - remitted',
            'shown_change - remitted',
            'nullif(shown_responders - remitted, 0)',
        ]) }} as shown_remitted
    from responders_shown
),

-- Those compared are shown here, and so is safe what patients has beyond them.
improved_shown as (
    select
        *,
        case
            when shown_change is not null
                then {{ withhold('reliably_improved', 'reliably_improved', [
                    'shown_change - reliably_improved',
                    'case when are_responders_improved'
                    ~ ' then nullif(reliably_improved - shown_responders, 0) end',
                    'case when are_remitted_improved'
                    ~ ' then nullif(reliably_improved - shown_remitted, 0) end',
                ]) }}
        end as shown_improved
    from remitted_shown
),

-- Nobody who improved, responded or remitted is among those who got worse.
deteriorated_shown as (
    select
        *,
        case
            when shown_change is not null
                then {{ withhold('reliably_deteriorated', 'reliably_deteriorated', [
                    'shown_change - reliably_deteriorated',
                    'nullif(shown_change - reliably_deteriorated - shown_improved, 0)',
                    'nullif(shown_change - reliably_deteriorated - shown_responders, 0)',
                    'nullif(shown_change - reliably_deteriorated - shown_remitted, 0)',
                ]) }}
        end as shown_deteriorated
    from improved_shown
),

final as (
    select
        across_patients.instrument,
        across_patients.outcome_window_days,
        {{ mean_columns() }},
        across_patients.shown_eligible as eligible,
        across_patients.shown_observed as eligible_observed,
        across_patients.shown_responders as responders,
        {{ share_columns('response_observed', 'shown_responders', 'shown_observed') }},
        {{ share_columns('response_eligible', 'shown_responders', 'shown_eligible') }},
        across_patients.shown_remitted as remitted,
        {{ share_columns('remission_observed', 'shown_remitted', 'shown_observed') }},
        {{ share_columns('remission_eligible', 'shown_remitted', 'shown_eligible') }},
        across_patients.shown_change as with_change,
        across_patients.shown_improved as reliably_improved,
        {{ share_columns('reliable_improvement', 'shown_improved', 'shown_change') }},
        across_patients.shown_deteriorated as reliably_deteriorated,
        {{ share_columns('reliable_deterioration', 'shown_deteriorated', 'shown_change') }},
        across_patients.shown_patients is null as is_withheld,
        across_patients.eligible is not null and across_patients.shown_eligible is null
            as is_eligible_withheld,
        across_patients.eligible_observed is not null and across_patients.shown_observed is null
            as is_eligible_observed_withheld,
        across_patients.responders is not null and across_patients.shown_responders is null
            as is_responders_withheld,
        across_patients.remitted is not null and across_patients.shown_remitted is null
            as is_remitted_withheld,
        across_patients.with_change is not null and across_patients.shown_change is null
            as is_with_change_withheld,
        across_patients.reliably_improved is not null and across_patients.shown_improved is null
            as is_reliably_improved_withheld,
        across_patients.reliably_deteriorated is not null
        and across_patients.shown_deteriorated is null
            as is_reliably_deteriorated_withheld
    from deteriorated_shown as across_patients
    {{ student_t_lookup() }}
)

select * from final
