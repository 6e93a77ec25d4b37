with counts as (
    select
        instrument,
        outcome_window_days,
        with_baseline,
        compared,
        eligible_important,
        eligible_improved,
        recovered
    from {{ ref('cell_outcome_changes') }}
),

differing as (
    select
        instrument,
        outcome_window_days,
        fewest_differing
    from {{ ref('cell_outcome_overlaps') }}
),

shown as (
    select *
    from {{ ref('shown_assessment_outcomes') }}
),

-- Who knows the definitions knows which groups lie within which.
instruments as (
    select
        instrument,
        reliable_change,
        important_change = reliable_change as is_important_reliable,
        caseness_score * response_share >= reliable_change as are_responders_improved,
        caseness_score * response_share >= important_change as are_responders_important,
        caseness_score - remission_score >= reliable_change as are_remitted_improved,
        remission_score >= caseness_score - 1 as are_recovered_remitted
    from {{ ref('ref_instruments') }}
),

final as (
    select
        counts.*,
        differing.fewest_differing,
        instruments.is_important_reliable,
        instruments.are_responders_improved,
        instruments.are_responders_important,
        instruments.are_remitted_improved,
        instruments.are_recovered_remitted,
        shown.patients,
        shown.eligible,
        shown.eligible_observed,
        shown.responders,
        shown.remitted,
        shown.with_change,
        shown.reliably_improved,
        shown.reliably_deteriorated,
        case
            when instruments.reliable_change is not null then shown.with_change
            else {{ withhold('counts.compared', 'counts.compared', [
                'nullif(shown.patients - counts.compared, 0)',
            ]) }}
        end as shown_compared
    from counts
    inner join instruments on counts.instrument = instruments.instrument
    inner join shown
        on
            counts.instrument = shown.instrument
            and counts.outcome_window_days = shown.outcome_window_days
    left join differing
        on
            counts.instrument = differing.instrument
            and counts.outcome_window_days = differing.outcome_window_days
)

select * from final
