with people as (
    select
        instrument,
        outcome_window_days,
        case when score is not null then baseline_score end as compared_baseline,
        score as follow_up,
        change_from_baseline as change,
        coalesce(change_from_baseline, 0) as change_if_unchanged
    from {{ ref('cell_outcome_people') }}
    where baseline_score is not null
),

across_patients as (
    select
        instrument,
        outcome_window_days,
        {%- for column in ['compared_baseline', 'follow_up', 'change', 'change_if_unchanged'] %}
        avg({{ column }}) as {{ column }}_mean,
        stddev_samp({{ column }}) as {{ column }}_deviation,
        {%- endfor %}
        count(change) as compared,
        count(*) as patients
    from people
    group by instrument, outcome_window_days
),

standardised as (
    select
        *,
        {{ ratio('change_mean', 'nullif(compared_baseline_deviation, 0)') }} as standardised_mean,
        {{ ratio('change_deviation', 'nullif(compared_baseline_deviation, 0)') }}
            as standardised_deviation
    from across_patients
),

-- Mean and deviation of the baseline are independent where scores are normal, so the variance of
-- their ratio adds the uncertainty of the deviation to that of the mean.
figures as (
    select
        standardised.instrument,
        standardised.outcome_window_days,
        figures.*
    from standardised
    cross join {{ rows_of('figure', {
        'baseline': {
            'patients': 'standardised.compared',
            'mean': 'standardised.compared_baseline_mean',
            'standard_deviation': 'standardised.compared_baseline_deviation',
        },
        'follow_up': {
            'patients': 'standardised.compared',
            'mean': 'standardised.follow_up_mean',
            'standard_deviation': 'standardised.follow_up_deviation',
        },
        'change': {
            'patients': 'standardised.compared',
            'mean': 'standardised.change_mean',
            'standard_deviation': 'standardised.change_deviation',
        },
        'standardised_change': {
            'patients': 'standardised.compared',
            'mean': 'standardised.standardised_mean',
            'standard_deviation': 'sqrt(standardised.standardised_deviation '
            ~ '* standardised.standardised_deviation '
            ~ '+ ' ~ ratio(
                'standardised.standardised_mean * standardised.standardised_mean '
                ~ '* standardised.compared',
                'nullif(2 * (standardised.compared - 1), 0)'
            ) ~ ')',
        },
        'change_if_unchanged': {
            'patients': 'standardised.patients',
            'mean': 'standardised.change_if_unchanged_mean',
            'standard_deviation': 'standardised.change_if_unchanged_deviation',
        },
    }) }} as figures
),

final as (
    select
        figures.instrument,
        figures.outcome_window_days,
        figures.figure,
        {{ mean_figures('figures') }}
    from figures
    {{ student_t_lookup('figures') }}
)

select * from final
