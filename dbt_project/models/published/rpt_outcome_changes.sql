{%- set figures = ['baseline', 'follow_up', 'change', 'change_if_unchanged'] %}
{%- set parts = ['mean', 'standard_deviation', 'ci_lower', 'ci_upper'] %}
{%- set means = {'change': 'mean_change', 'change_if_unchanged': 'mean_change_if_unchanged'} %}

with outcome_means as (
    select *
    from {{ ref('cell_outcome_means') }}
),

outcomes as (
    select *
    from {{ ref('shown_assessment_outcomes') }}
),

changes as (
    select *
    from {{ ref('shown_outcome_changes') }}
),

chances as (
    select *
    from {{ ref('ref_chance_outcomes') }}
),

published as (
    {{ published_means(
        'outcome_means', ['instrument', 'outcome_window_days', 'figure'],
        ('outcome_means.lowest', 'outcome_means.highest'), with_step=true
    ) }}
),

by_window as (
    select
        instrument,
        outcome_window_days,
        {%- for figure in figures %}
        {%- for part in parts %}
        max({{ part }}) filter (where figure = '{{ figure }}') as {{ figure }}_{{ part }},
        {%- endfor %}
        {%- endfor %}
        max(patients) filter (where figure = 'change') as compared,
        max(mean_step) filter (where figure = 'change') as mean_step,
        max(quantile_975) filter (where figure = 'change') as quantile_975
    from published
    group by instrument, outcome_window_days
),

-- The mean change in deviations of the baseline, as both are shown. They are independent where
-- scores are normal, so the variance of their ratio adds the uncertainty of the deviation.
standardised as (
    select
        *,
        {{ in_steps(
            ratio('change_mean', 'baseline_standard_deviation'), 'mean_step'
        ) }} as standardised_change,
        quantile_975 * sqrt(
            {{ ratio(
                'change_standard_deviation * change_standard_deviation',
                '(baseline_standard_deviation * baseline_standard_deviation * nullif(compared, 0))'
            ) }}
            + {{ ratio(
                'change_mean * change_mean',
                '(baseline_standard_deviation * baseline_standard_deviation'
                ~ ' * 2 * nullif(compared - 1, 0))'
            ) }}
        ) as standardised_margin
    from by_window
),

final as (
    select
        changes.instrument,
        changes.outcome_window_days,
        {{ published_count('changes.with_baseline') }} as with_baseline,
        {{ published_count('changes.compared') }} as compared,
        {%- for figure in figures %}
        {%- for part in parts if figure != 'change_if_unchanged' or part != 'standard_deviation' %}
        case
            when
                not changes.is_change_withheld
                {%- if figure == 'change_if_unchanged' %}
                and changes.with_baseline is not null
                {%- endif %}
                then standardised.{{ figure }}_{{ part }}
        end as {{ means[figure] if part == 'mean' and figure in means else figure ~ '_' ~ part }},
        {%- endfor %}
        {%- if figure == 'change' %}
        case when not changes.is_change_withheld then standardised.standardised_change end
            as standardised_change,
        {%- for bound, sign in {'ci_lower': '-', 'ci_upper': '+'}.items() %}
        case
            when not changes.is_change_withheld
                then {{ published_bound(
                    'standardised.standardised_change', sign, 'standardised.standardised_margin',
                    'standardised.mean_step'
                ) }}
        end as standardised_{{ bound }},
        {%- endfor %}
        {%- endif %}
        {%- endfor %}
        {{ published_count('outcomes.eligible') }} as eligible,
        {{ published_count('outcomes.eligible_observed') }} as eligible_observed,
        {{ published_count('outcomes.responders') }} as responders,
        {%- for rate, total in {
            'response_if_left_out': 'eligible_observed',
            'response_if_no_response': 'eligible',
            'response_if_unchanged': 'eligible',
        }.items() %}
        {{ published_share(
            rate, 'outcomes.responders', 'outcomes.' ~ total, total ~ '_steps'
        ) }},
        {%- endfor %}
        chances.response_pct as response_by_chance_pct,
        {%- for rate, count in {
            'important_improvement': 'eligible_important',
            'reliable_improvement': 'eligible_improved',
            'recovery': 'recovered',
        }.items() %}
        {{ published_count('changes.' ~ count) }} as {{ count }},
        {{ published_share(
            rate, 'changes.' ~ count, 'outcomes.eligible_observed', 'eligible_observed_steps'
        ) }},
        chances.{{ rate }}_pct as {{ rate }}_by_chance_pct,
        {%- endfor %}
        changes.is_with_baseline_withheld,
        changes.is_compared_withheld,
        outcomes.is_eligible_withheld,
        outcomes.is_eligible_observed_withheld,
        outcomes.is_responders_withheld,
        changes.is_change_withheld,
        changes.is_eligible_important_withheld,
        changes.is_eligible_improved_withheld,
        changes.is_recovered_withheld
    from changes
    inner join outcomes
        on
            changes.instrument = outcomes.instrument
            and changes.outcome_window_days = outcomes.outcome_window_days
    left join standardised
        on
            changes.instrument = standardised.instrument
            and changes.outcome_window_days = standardised.outcome_window_days
    left join chances on changes.instrument = chances.instrument
    {{ precision_lookup('changes.compared') }}
    {{ precision_lookup('outcomes.eligible', 'eligible_steps') }}
    {{ precision_lookup('outcomes.eligible_observed', 'eligible_observed_steps') }}
)

select * from final
