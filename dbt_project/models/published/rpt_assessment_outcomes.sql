{%- set shares = {
    'responders': {'response_observed': 'eligible_observed', 'response_eligible': 'eligible'},
    'remitted': {'remission_observed': 'eligible_observed', 'remission_eligible': 'eligible'},
    'reliably_improved': {'reliable_improvement': 'with_change'},
    'reliably_deteriorated': {'reliable_deterioration': 'with_change'},
} %}

with cells as (
    select
        instrument,
        outcome_window_days,
        mean,
        standard_deviation
    from {{ ref('cell_assessment_outcomes') }}
),

shown as (
    select *
    from {{ ref('shown_assessment_outcomes') }}
),

instruments as (
    select
        instrument,
        lowest_score,
        highest_score
    from {{ ref('ref_instruments') }}
),

means as (
    select
        shown.instrument,
        shown.outcome_window_days,
        shown.patients,
        {%- for figure in ['mean', 'standard_deviation'] %}
        case when not shown.is_withheld then cells.{{ figure }} end as {{ figure }},
        {%- endfor %}
        instruments.lowest_score,
        instruments.highest_score
    from shown
    inner join instruments on shown.instrument = instruments.instrument
    inner join cells
        on
            shown.instrument = cells.instrument
            and shown.outcome_window_days = cells.outcome_window_days
),

published as (
    {{ published_means(
        'means', ['instrument', 'outcome_window_days'],
        ('means.lowest_score', 'means.highest_score')
    ) }}
),

final as (
    select
        shown.instrument,
        shown.outcome_window_days,
        published.patients,
        published.mean,
        published.standard_deviation,
        published.ci_lower,
        published.ci_upper,
        {{ published_count('shown.eligible', 'eligible_steps') }} as eligible,
        {{ published_count('shown.eligible_observed', 'eligible_observed_steps') }}
            as eligible_observed,
        {%- for count, rates in shares.items() %}
        {%- if count == 'reliably_improved' %}
        {{ published_count('shown.with_change', 'with_change_steps') }} as with_change,
        {%- endif %}
        {{ published_count('shown.' ~ count, 'eligible_steps') }} as {{ count }},
        {%- for rate, total in rates.items() %}
        {{ published_share(rate, 'shown.' ~ count, 'shown.' ~ total, total ~ '_steps') }},
        {%- endfor %}
        {%- endfor %}
        shown.is_withheld,
        shown.is_eligible_withheld,
        shown.is_eligible_observed_withheld,
        shown.is_responders_withheld,
        shown.is_remitted_withheld,
        shown.is_with_change_withheld,
        shown.is_reliably_improved_withheld,
        shown.is_reliably_deteriorated_withheld
    from shown
    inner join published
        on
            shown.instrument = published.instrument
            and shown.outcome_window_days = published.outcome_window_days
    {%- for total in ['eligible', 'eligible_observed', 'with_change'] %}
    {{ precision_lookup('shown.' ~ total, total ~ '_steps') }}
    {%- endfor %}
)

select * from final
