{%- set figures = {} %}
{%- for figure in ['compared_baseline', 'follow_up', 'change', 'change_if_unchanged'] %}
{%- set is_score = figure in ['compared_baseline', 'follow_up'] %}
{%- do figures.update({figure | replace('compared_', ''): {
    'patients': 'across_patients.' ~ ('patients' if figure == 'change_if_unchanged' else 'compared'),
    'mean': 'across_patients.' ~ figure ~ '_mean',
    'standard_deviation': 'across_patients.' ~ figure ~ '_deviation',
    'lowest': 'instruments.lowest_score' if is_score else 'null::integer',
    'highest': 'instruments.highest_score' if is_score else 'null::integer',
}}) %}
{%- endfor %}

with instruments as (
    select *
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
    cross join {{ rows_of('figure', figures) }} as figures
)

select * from final
