with sessions as (
    select
        session_id,
        practitioner_id,
        patient_id,
        session_date
    from {{ ref('dim_sessions') }}
    where
        state = 'complete'
        and practitioner_id is not null
),

-- What comes before the slope: a level that is part of it would go along with it by itself.
first_levels as (
    select
        session_id,
        sum(composite_twelfths) as twelfths,
        sum(composite_days) as days
    from {{ ref('int_session_weeks') }}
    where week_post_session < 2 and composite_days > 0
    group by session_id
),

-- Not the percentages of the mart, which are rounded: a mean is rounded once, at the end.
compliance as (
    select
        session_id,
        {%- for entry in ['pulse_check', 'assessment'] %}
        {{ ratio(
            wide('100 * least(' ~ entry ~ 's_so_far, due_' ~ entry ~ 's)'),
            'nullif(due_' ~ entry ~ 's, 0)'
        ) }} as {{ entry }}_adherence_pct,
        {%- endfor %}
        overall_compliance_score
    from {{ ref('fct_session_compliance') }}
    where window_days = 180
),

slope_lines as (
    select
        session_id,
        metric,
        slope_per_30_days
    from {{ ref('int_slope_lines') }}
),

trends as (
    select
        comparable.session_id,
        slope_lines.slope_per_30_days as composite_slope_per_30_days
    from {{ ref('fct_session_trends') }} as comparable
    inner join slope_lines
        on
            comparable.session_id = slope_lines.session_id
            and comparable.metric = slope_lines.metric
    where
        comparable.metric = 'composite'
        and comparable.is_slope_comparable
),

session_measures as (
    select
        sessions.*,
        compliance.overall_compliance_score,
        compliance.pulse_check_adherence_pct,
        compliance.assessment_adherence_pct,
        trends.composite_slope_per_30_days,
        case
            when first_levels.days is null then 'not_observed'
            when 2 * first_levels.twelfths < 5 * {{ parts_of_a_point() }} * first_levels.days
                then 'low'
            when 2 * first_levels.twelfths < 7 * {{ parts_of_a_point() }} * first_levels.days
                then 'middle'
            else 'high'
        end as band
    from sessions
    left join compliance on sessions.session_id = compliance.session_id
    left join trends on sessions.session_id = trends.session_id
    left join first_levels on sessions.session_id = first_levels.session_id
),

session_values as (
    {%- for measure in benchmark_means() %}
    select
        practitioner_id,
        patient_id,
        session_id,
        '{{ measure }}' as measure,
        band,
        {{ real(measure) }} as value,
        session_date
    from session_measures
    where {{ measure }} is not null
    {{- '
    union all' if not loop.last }}
    {%- endfor %}
),

ranked as (
    select
        *,
        row_number() over (
            partition by measure, patient_id
            order by session_date asc, session_id asc
        ) as place
    from session_values
),

final as (
    select
        practitioner_id,
        patient_id,
        measure,
        band,
        value
    from ranked
    where place = 1
)

select * from final
