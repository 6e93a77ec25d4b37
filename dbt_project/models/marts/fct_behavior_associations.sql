{{ config(materialized='whole', indexes=[]) }}

with tests as (
    select
        session_id,
        change_type,
        metric,
        weeks_with,
        weeks_without,
        permutations,
        as_extreme_permutations,
        report_memory,
        metric_memory,
        discount_factor,
        widening_factor,
        difference_points,
        margin_points
    from {{ ref('int_behavior_tests') }}
),

sessions as (
    select
        session_id,
        patient_id
    from {{ ref('dim_sessions') }}
),

-- What was observed is one of the permutations: p is never 0.
with_p as (
    select
        tests.*,
        sessions.patient_id,
        {{ ratio('1 + tests.as_extreme_permutations', '(1 + tests.permutations)') }} as p_value
    from tests
    inner join sessions on tests.session_id = sessions.session_id
),

-- Of equal p-values each has the highest rank among them.
ranked as (
    select
        *,
        count(*) over (partition by patient_id) as tests_run,
        count(*) over (partition by patient_id order by p_value asc) as p_rank
    from with_p
),

-- Benjamini-Hochberg: the smallest p * tests / rank of this and all larger p-values.
with_q as (
    select
        *,
        min({{ ratio('p_value * tests_run', 'p_rank') }}) over (
            partition by patient_id
            order by p_value desc
        ) as q_value
    from ranked
),

final as (
    select
        session_id,
        change_type,
        metric,
        weeks_with,
        weeks_without,
        {{ round_once('difference_points', 4) }} as difference_points,
        {{ round_once('difference_points - margin_points', 4) }} as ci_lower,
        {{ round_once('difference_points + margin_points', 4) }} as ci_upper,
        {{ round_once('p_value', 6) }} as p_value,
        {{ round_once('q_value', 6) }} as q_value,
        tests_run::integer as tests_run,
        permutations,
        {{ round_once('report_memory', 4) }} as report_memory,
        {{ round_once('metric_memory', 4) }} as metric_memory,
        {{ round_once('discount_factor', 4) }} as discount_factor,
        {{ round_once('widening_factor', 4) }} as widening_factor,
        q_value <= 0.10 as is_discovery
    from with_q
)

select * from final
