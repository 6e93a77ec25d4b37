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
        important_change,
        important_change = reliable_change as is_important_reliable,
        caseness_score * response_share >= reliable_change as are_responders_improved,
        caseness_score * response_share >= important_change as are_responders_important,
        caseness_score - remission_score >= reliable_change as are_remitted_improved,
        remission_score >= caseness_score - 1 as are_recovered_remitted
    from {{ ref('ref_instruments') }}
),

-- Where nobody is, all counts are 0, but of what an instrument does not define.
cells as (
    select
        shown.instrument,
        shown.outcome_window_days,
        coalesce(counts.with_baseline, 0) as with_baseline,
        coalesce(counts.compared, 0) as compared,
        {%- for count, definition in {
            'eligible_important': 'important_change',
            'eligible_improved': 'reliable_change',
            'recovered': 'reliable_change',
        }.items() %}
        case
            when instruments.{{ definition }} is not null then coalesce(counts.{{ count }}, 0)
        end as {{ count }},
        {%- endfor %}
        differing.fewest_differing,
        instruments.is_important_reliable,
        instruments.are_responders_improved,
        instruments.are_responders_important,
        instruments.are_remitted_improved,
        instruments.are_recovered_remitted,
        instruments.reliable_change,
        shown.patients,
        shown.eligible,
        shown.eligible_observed,
        shown.responders,
        shown.remitted,
        shown.with_change,
        shown.reliably_improved,
        shown.reliably_deteriorated
    from shown
    inner join instruments on shown.instrument = instruments.instrument
    left join counts
        on
            shown.instrument = counts.instrument
            and shown.outcome_window_days = counts.outcome_window_days
    left join differing
        on
            shown.instrument = differing.instrument
            and shown.outcome_window_days = differing.outcome_window_days
),

final as (
    select
        *,
        case
            when reliable_change is not null then with_change
            else {{ withhold('compared', 'compared', ['nullif(patients - compared, 0)']) }}
        end as shown_compared
    from cells
)

select * from final
