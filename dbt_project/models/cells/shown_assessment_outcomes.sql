{%- set withheld = {
    'eligible': 'shown_eligible',
    'eligible_observed': 'shown_observed',
    'responders': 'shown_responders',
    'remitted': 'shown_remitted',
    'with_change': 'shown_change',
    'reliably_improved': 'shown_improved',
    'reliably_deteriorated': 'shown_deteriorated',
} %}

with counts as (
    select
        instrument,
        outcome_window_days,
        patients,
        {{ withheld | join(',\n        ') }}
    from {{ ref('cell_assessment_outcomes') }}
),

instruments as (
    select
        instrument,
        caseness_score,
        reliable_change,
        response_share,
        remission_score
    from {{ ref('ref_instruments') }}
),

-- Who knows the definitions knows which groups lie within which: there the difference is a group.
cells as (
    select
        counts.*,
        instruments.caseness_score * instruments.response_share >= instruments.reliable_change
            as are_responders_improved,
        instruments.caseness_score - instruments.remission_score >= instruments.reliable_change
            as are_remitted_improved
    from counts
    inner join instruments on counts.instrument = instruments.instrument
),

-- Each group is shown unless it, or what would be left of a group already shown, is small. The
-- larger groups come first, so of two that give a third away the smaller is withheld.
totals_shown as (
    select
        *,
        {{ withhold('patients', 'patients') }} as shown_patients,
        {{ withhold('eligible', 'eligible') }} as shown_eligible
    from cells
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
        instrument,
        outcome_window_days,
        shown_patients as patients,
        {%- for count, shown in withheld.items() %}
        {{ shown }} as {{ count }},
        {%- endfor %}
        {%- for count, shown in withheld.items() %}
        {{ count }} is not null and {{ shown }} is null as is_{{ count }}_withheld,
        {%- endfor %}
        shown_patients is null as is_withheld
    from deteriorated_shown
)

select * from final
