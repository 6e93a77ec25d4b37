with memory as (
    select
        session_id,
        change_type,
        metric,
        weeks,
        weeks_with,
        exposure_square_sum,
        outcome_square_sum,
        product_sum,
        report_memory,
        metric_memory,
        discount_dividend,
        discount_divisor,
        widening_dividend,
        widening_divisor
    from {{ ref('int_behavior_memory') }}
    where {{ is_touched('session_id') }}
),

student_t as (
    select
        degrees_of_freedom,
        quantile_975
    from {{ ref('ref_student_t') }}
),

factors as (
    select
        *,
        {{ real('product_sum') }} * product_sum * discount_divisor as discounted_square,
        sqrt({{ ratio('discount_dividend', 'discount_divisor') }}) as discount_factor,
        sqrt({{ ratio('widening_dividend', 'widening_divisor') }}) as widening_factor
    from memory
),

-- Quotient and root may be rounded, but not past a whole number.
roots as (
    select
        *,
        floor(sqrt({{ ratio('discounted_square', 'discount_dividend') }})) as root
    from factors
),

final as (
    select
        roots.session_id,
        roots.change_type,
        roots.metric,
        roots.weeks,
        roots.weeks_with,
        -- A permuted sum is as extreme when its square is at least that of the discounted observed
        -- sum. The least such whole number is the root, or the next one if its square is less.
        (
            roots.root
            + case
                when roots.root * roots.root * roots.discount_dividend < roots.discounted_square
                    then 1
                else 0
            end
        )::bigint as least_extreme_sum,
        roots.report_memory,
        roots.metric_memory,
        roots.discount_factor,
        roots.widening_factor,
        -- Exact or nearly so; marts round it. No binary exposure of 12 weeks is a line, so the
        -- divisor is not 0.
        {{ ratio('roots.product_sum', '(5040 * roots.exposure_square_sum)') }}
            as difference_points,
        student_t.quantile_975
        * roots.widening_factor
        * {{ ratio(
            'sqrt(' ~ ratio(
                'nullif('
                ~ 'roots.exposure_square_sum * roots.outcome_square_sum - '
                ~ real('roots.product_sum') ~ ' * roots.product_sum, 0)',
                '(roots.weeks - 3)'
            ) ~ ')',
            '(5040 * roots.exposure_square_sum)'
        ) }} as margin_points
    from roots
    left join student_t on roots.weeks - 3 = student_t.degrees_of_freedom
)

select * from final
