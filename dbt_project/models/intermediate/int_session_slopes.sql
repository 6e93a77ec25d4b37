with lines as (
    select
        session_id,
        metric,
        slope_days,
        slope_per_30_days
    from {{ ref('int_slope_lines') }}
    where {{ is_touched('session_id') }}
),

errors as (
    select
        session_id,
        metric,
        slope_weeks,
        slope_standard_error
    from {{ ref('int_slope_errors') }}
    where {{ is_touched('session_id') }}
),

student_t as (
    select
        degrees_of_freedom,
        quantile_975
    from {{ ref('ref_student_t') }}
),

-- 30 observed days lie in five weeks at least, and so have an error.
shown as (
    select
        lines.session_id,
        lines.metric,
        lines.slope_days,
        errors.slope_weeks,
        case when lines.slope_days >= 30 then lines.slope_per_30_days end as slope,
        case when lines.slope_days >= 30 then errors.slope_standard_error end as standard_error,
        student_t.quantile_975
    from lines
    inner join errors
        on
            lines.session_id = errors.session_id
            and lines.metric = errors.metric
    left join student_t on errors.slope_weeks - 2 = student_t.degrees_of_freedom
),

final as (
    select
        session_id,
        metric,
        slope_days,
        slope_weeks,
        {{ round_once('slope', 4) }} as slope_per_30_days,
        {{ round_once('standard_error', 4) }} as slope_standard_error,
        {{ round_once('slope - quantile_975 * standard_error', 4) }} as slope_ci_lower,
        {{ round_once('slope + quantile_975 * standard_error', 4) }} as slope_ci_upper
    from shown
)

select * from final
