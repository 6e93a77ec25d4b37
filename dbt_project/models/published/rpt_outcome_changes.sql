{%- set means = {
    'baseline': {
        'baseline_mean': 'mean',
        'baseline_standard_deviation': 'standard_deviation',
        'baseline_ci_lower': 'ci_lower',
        'baseline_ci_upper': 'ci_upper',
    },
    'follow_up': {
        'follow_up_mean': 'mean',
        'follow_up_standard_deviation': 'standard_deviation',
        'follow_up_ci_lower': 'ci_lower',
        'follow_up_ci_upper': 'ci_upper',
    },
    'change': {
        'mean_change': 'mean',
        'change_standard_deviation': 'standard_deviation',
        'change_ci_lower': 'ci_lower',
        'change_ci_upper': 'ci_upper',
    },
    'standardised_change': {
        'standardised_change': 'mean',
        'standardised_ci_lower': 'ci_lower',
        'standardised_ci_upper': 'ci_upper',
    },
    'change_if_unchanged': {
        'mean_change_if_unchanged': 'mean',
        'change_if_unchanged_ci_lower': 'ci_lower',
        'change_if_unchanged_ci_upper': 'ci_upper',
    },
} %}

with figures as (
    select
        instrument,
        outcome_window_days,
        figure,
        mean,
        standard_deviation,
        ci_lower,
        ci_upper
    from {{ ref('cell_outcome_means') }}
),

means as (
    select
        instrument,
        {%- for figure, columns in means.items() %}
        {%- for column, part in columns.items() %}
        max({{ part }}) filter (where figure = '{{ figure }}') as {{ column }},
        {%- endfor %}
        {%- endfor %}
        outcome_window_days
    from figures
    group by instrument, outcome_window_days
),

outcomes as (
    select
        instrument,
        outcome_window_days,
        eligible,
        eligible_observed,
        responders,
        is_eligible_withheld,
        is_eligible_observed_withheld,
        is_responders_withheld
    from {{ ref('shown_assessment_outcomes') }}
),

changes as (
    select *
    from {{ ref('shown_outcome_changes') }}
),

chances as (
    select
        instrument,
        response_pct,
        important_improvement_pct,
        reliable_improvement_pct,
        recovery_pct
    from {{ ref('ref_chance_outcomes') }}
),

final as (
    select
        changes.instrument,
        changes.outcome_window_days,
        changes.with_baseline,
        changes.compared,
        {%- for figure, columns in means.items() %}
        {%- for column in columns %}
        case
            when
                not changes.is_change_withheld
                {%- if figure == 'change_if_unchanged' %}
                and changes.with_baseline is not null
                {%- endif %}
                then means.{{ column }}
        end as {{ column }},
        {%- endfor %}
        {%- endfor %}
        outcomes.eligible,
        outcomes.eligible_observed,
        outcomes.responders,
        {{ share_columns(
            'response_if_left_out', 'outcomes.responders', 'outcomes.eligible_observed'
        ) }},
        {{ share_columns('response_if_no_response', 'outcomes.responders', 'outcomes.eligible') }},
        {{ share_columns('response_if_unchanged', 'outcomes.responders', 'outcomes.eligible') }},
        chances.response_pct as response_by_chance_pct,
        {%- for share, count in {
            'important_improvement': 'eligible_important',
            'reliable_improvement': 'eligible_improved',
            'recovery': 'recovered',
        }.items() %}
        changes.{{ count }},
        {{ share_columns(share, 'changes.' ~ count, 'outcomes.eligible_observed') }},
        chances.{{ share }}_pct as {{ share }}_by_chance_pct,
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
    left join means
        on
            changes.instrument = means.instrument
            and changes.outcome_window_days = means.outcome_window_days
    left join chances on changes.instrument = chances.instrument
)

select * from final
