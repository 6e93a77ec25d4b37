with instruments as (
    select
        instrument,
        is_higher_better,
        caseness_score,
        important_change,
        reliable_change,
        first_outcome_window_days
    from {{ ref('ref_instruments') }}
),

windows as (
    select window_days
    from {{ ref('ref_outcome_windows') }}
),

people as (
    select
        instrument,
        outcome_window_days,
        score,
        baseline_score,
        change_from_baseline,
        is_eligible
    from {{ ref('cell_outcome_people') }}
),

spine as (
    select
        instruments.*,
        windows.window_days as outcome_window_days
    from instruments
    inner join windows on instruments.first_outcome_window_days <= windows.window_days
),

judged as (
    select
        people.*,
        case when instruments.is_higher_better then 1 else -1 end
        * people.change_from_baseline as points_better,
        people.score < instruments.caseness_score as is_below_caseness,
        instruments.important_change,
        instruments.reliable_change
    from people
    inner join instruments on people.instrument = instruments.instrument
),

across_patients as (
    select
        instrument,
        outcome_window_days,
        count(baseline_score)::integer as with_baseline,
        count(points_better)::integer as compared,
        (count(*) filter (where is_eligible and points_better >= important_change))::integer
            as eligible_important,
        (count(*) filter (where is_eligible and points_better >= reliable_change))::integer
            as eligible_improved,
        (count(*) filter (
            where is_eligible and points_better >= reliable_change and is_below_caseness
        ))::integer as recovered
    from judged
    group by instrument, outcome_window_days
),

final as (
    select
        spine.instrument,
        spine.outcome_window_days,
        {%- for count, definition in {
            'eligible_important': 'important_change',
            'eligible_improved': 'reliable_change',
            'recovered': 'reliable_change',
        }.items() %}
        case
            when spine.{{ definition }} is not null then coalesce(across_patients.{{ count }}, 0)
        end as {{ count }},
        {%- endfor %}
        coalesce(across_patients.with_baseline, 0) as with_baseline,
        coalesce(across_patients.compared, 0) as compared
    from spine
    left join across_patients
        on
            spine.instrument = across_patients.instrument
            and spine.outcome_window_days = across_patients.outcome_window_days
)

select * from final
