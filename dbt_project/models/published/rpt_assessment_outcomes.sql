with cells as (
    select
        instrument,
        outcome_window_days,
        mean,
        standard_deviation,
        ci_lower,
        ci_upper
    from {{ ref('cell_assessment_outcomes') }}
),

shown as (
    select *
    from {{ ref('shown_assessment_outcomes') }}
),

final as (
    select
        shown.instrument,
        shown.outcome_window_days,
        shown.patients,
        {%- for figure in ['mean', 'standard_deviation', 'ci_lower', 'ci_upper'] %}
        case when not shown.is_withheld then cells.{{ figure }} end as {{ figure }},
        {%- endfor %}
        shown.eligible,
        shown.eligible_observed,
        shown.responders,
        {{ share_columns('response_observed', 'shown.responders', 'shown.eligible_observed') }},
        {{ share_columns('response_eligible', 'shown.responders', 'shown.eligible') }},
        shown.remitted,
        {{ share_columns('remission_observed', 'shown.remitted', 'shown.eligible_observed') }},
        {{ share_columns('remission_eligible', 'shown.remitted', 'shown.eligible') }},
        shown.with_change,
        shown.reliably_improved,
        {{ share_columns('reliable_improvement', 'shown.reliably_improved', 'shown.with_change') }},
        shown.reliably_deteriorated,
        {{ share_columns(
            'reliable_deterioration', 'shown.reliably_deteriorated', 'shown.with_change'
        ) }},
        shown.is_withheld,
        shown.is_eligible_withheld,
        shown.is_eligible_observed_withheld,
        shown.is_responders_withheld,
        shown.is_remitted_withheld,
        shown.is_with_change_withheld,
        shown.is_reliably_improved_withheld,
        shown.is_reliably_deteriorated_withheld
    from shown
    inner join cells
        on
            shown.instrument = cells.instrument
            and shown.outcome_window_days = cells.outcome_window_days
)

select * from final
