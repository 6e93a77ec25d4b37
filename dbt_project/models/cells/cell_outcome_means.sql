with instruments as (
    select
        instrument,
        lowest_score,
        highest_score
    from {{ ref('ref_instruments') }}
),

people as (
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

-- A score has ends, and so has its mean; a change has none that count.
final as (
    select
        across_patients.instrument,
        across_patients.outcome_window_days,
        figures.figure,
        {{ mean_figures('figures') }},
        figures.lowest,
        figures.highest
    from across_patients
    inner join instruments on across_patients.instrument = instruments.instrument
    cross join {{ rows_of('figure', {
        'baseline': {
            'patients': 'across_patients.compared',
            'mean': 'across_patients.compared_baseline_mean',
            'standard_deviation': 'across_patients.compared_baseline_deviation',
            'lowest': 'instruments.lowest_score',
            'highest': 'instruments.highest_score',
        },
        'follow_up': {
            'patients': 'across_patients.compared',
            'mean': 'across_patients.follow_up_mean',
            'standard_deviation': 'across_patients.follow_up_deviation',
            'lowest': 'instruments.lowest_score',
            'highest': 'instruments.highest_score',
        },
        'change': {
            'patients': 'across_patients.compared',
            'mean': 'across_patients.change_mean',
            'standard_deviation': 'across_patients.change_deviation',
            'lowest': 'null::integer',
            'highest': 'null::integer',
        },
        'change_if_unchanged': {
            'patients': 'across_patients.patients',
            'mean': 'across_patients.change_if_unchanged_mean',
            'standard_deviation': 'across_patients.change_if_unchanged_deviation',
            'lowest': 'null::integer',
            'highest': 'null::integer',
        },
    }) }} as figures
)

select * from final
