with instruments as (
    select
        instrument,
        is_higher_better,
        caseness_score,
        important_change,
        reliable_change
    from {{ ref('ref_instruments') }}
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

final as (
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
)

select * from final
