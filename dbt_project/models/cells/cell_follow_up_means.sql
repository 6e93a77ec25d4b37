with baselines as (
    select
        instrument as measure,
        baseline_score as amount,
        has_follow_up
    from {{ ref('cell_follow_up_people') }}
),

answers as (
    select
        'answered_days' as measure,
        answered_days as amount,
        has_follow_up
    from {{ ref('cell_follow_up_answers') }}
),

people as (
    select
        measure,
        amount,
        has_follow_up
    from baselines
    union all
    select
        measure,
        amount,
        has_follow_up
    from answers
),

across_patients as (
    select
        measure,
        has_follow_up,
        count(*)::integer as patients,
        avg(amount) as mean,
        stddev_samp(amount) as standard_deviation
    from people
    group by measure, has_follow_up
),

final as (
    select
        across_patients.measure,
        across_patients.has_follow_up,
        {{ mean_figures('across_patients') }}
    from across_patients
)

select * from final
