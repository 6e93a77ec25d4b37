{%- set figures = ['patients', 'mean', 'standard_deviation', 'ci_lower', 'ci_upper'] %}

with means as (
    select *
    from {{ ref('cell_follow_up_means') }}
),

differing as (
    select
        measure,
        fewest_differing
    from {{ ref('cell_follow_up_overlaps') }}
),

spine as (
    select instrument as measure
    from {{ ref('ref_instruments') }}
    union all
    select 'answered_days' as measure
),

-- Both sides or none: those without a follow-up are the others of all with a baseline.
judged as (
    select
        spine.measure,
        {%- for side in ['with_follow_up', 'without_follow_up'] %}
        {%- for figure in figures %}
        {{ side }}.{{ figure }} as {{ side }}_{{ figure }},
        {%- endfor %}
        {%- endfor %}
        coalesce(with_follow_up.patients, 0) >= {{ var('min_cell') }}
        and coalesce(without_follow_up.patients, 0) >= {{ var('min_cell') }}
        and coalesce(differing.fewest_differing, {{ var('min_cell') }}) >= {{ var('min_cell') }}
            as is_shown
    from spine
    left join means as with_follow_up
        on spine.measure = with_follow_up.measure and with_follow_up.has_follow_up
    left join means as without_follow_up
        on spine.measure = without_follow_up.measure and not without_follow_up.has_follow_up
    left join differing on spine.measure = differing.measure
),

final as (
    select
        measure,
        {%- for side in ['with_follow_up', 'without_follow_up'] %}
        {%- for figure in figures %}
        case when is_shown then {{ side }}_{{ figure }} end as {{ side }}_{{ figure }},
        {%- endfor %}
        {%- endfor %}
        not is_shown as is_withheld
    from judged
)

select * from final
