{%- set shown_as = {
    'with_baseline': 'shown_baseline',
    'compared': 'shown_compared',
    'eligible_important': 'shown_important',
    'eligible_improved': 'shown_improved',
    'recovered': 'shown_recovered',
} %}

with cells as (
    select *
    from {{ ref('cell_outcome_groups') }}
),

baseline_shown as (
    select
        *,
        {{ withhold('with_baseline', 'with_baseline', [
            'nullif(with_baseline - shown_compared, 0)',
            'nullif(with_baseline - eligible, 0)',
            'nullif(with_baseline - eligible_observed, 0)',
            'nullif(with_baseline - responders, 0)',
            'nullif(with_baseline - remitted, 0)',
            'nullif(with_baseline - shown_compared - eligible + eligible_observed, 0)',
        ]) }} as shown_baseline
    from cells
),

-- The others of those eligible and observed must not be few, and not none either: a rate of all.
improved_shown as (
    select
        *,
        case
            when eligible_observed is not null
                then {{ withhold('eligible_improved', 'eligible_improved', [
                    'eligible_observed - eligible_improved',
                    'nullif(reliably_improved - eligible_improved, 0)',
                    'nullif(with_change - eligible_observed - reliably_improved + eligible_improved, 0)',
                    'nullif(with_change - reliably_deteriorated - eligible_improved, 0)',
                    'case when are_remitted_improved'
                    ~ ' then nullif(eligible_improved - remitted, 0) end',
                    'case when are_responders_improved'
                    ~ ' then nullif(eligible_improved - responders, 0) end',
                ]) }}
        end as shown_improved
    from baseline_shown
),

recovered_shown as (
    select
        *,
        case
            when eligible_observed is not null
                then {{ withhold('recovered', 'recovered', [
                    'eligible_observed - recovered',
                    'nullif(shown_improved - recovered, 0)',
                    'nullif(reliably_improved - recovered, 0)',
                    'nullif(with_change - reliably_deteriorated - recovered, 0)',
                    'case when are_remitted_improved then nullif(recovered - remitted, 0) end',
                    'case when are_recovered_remitted then nullif(remitted - recovered, 0) end',
                    'case when are_recovered_remitted then nullif('
                    ~ 'eligible_observed - remitted - shown_improved + recovered, 0) end',
                    'case when are_recovered_remitted then nullif(with_change '
                    ~ '- reliably_deteriorated - remitted - shown_improved + recovered, 0) end',
                    'case when are_recovered_remitted then nullif(with_change '
                    ~ '- reliably_deteriorated - remitted - reliably_improved + recovered, 0) end',
                ]) }}
        end as shown_recovered
    from improved_shown
),

-- Where an important change is a reliable one, both are the same group.
important_shown as (
    select
        *,
        case
            when is_important_reliable then shown_improved
            when eligible_observed is not null
                then {{ withhold('eligible_important', 'eligible_important', [
                    'eligible_observed - eligible_important',
                    'nullif(eligible_important - shown_improved, 0)',
                    'nullif(eligible_important - shown_recovered, 0)',
                    'nullif(with_change - reliably_deteriorated - eligible_important, 0)',
                    'nullif(with_change - eligible_observed - reliably_improved + eligible_important, 0)',
                    'nullif(with_change - reliably_deteriorated - reliably_improved'
                    ~ ' - eligible_important + shown_improved, 0)',
                    'case when are_remitted_improved'
                    ~ ' then nullif(eligible_important - remitted, 0) end',
                    'case when are_responders_important'
                    ~ ' then nullif(eligible_important - responders, 0) end',
                ]) }}
        end as shown_important
    from recovered_shown
),

final as (
    select
        instrument,
        outcome_window_days,
        {%- for count, shown in shown_as.items() %}
        {{ shown }} as {{ count }},
        {%- endfor %}
        {%- for count, shown in shown_as.items() %}
        {{ count }} is not null and {{ shown }} is null as is_{{ count }}_withheld,
        {%- endfor %}
        -- A difference from a shorter window would be of the baselines of a few.
        {{ withhold('shown_compared', 'shown_compared', ['fewest_differing']) }} is null
            as is_change_withheld
    from important_shown
)

select * from final
