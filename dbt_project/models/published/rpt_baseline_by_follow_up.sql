{%- set sides = {'with_follow_up': 'true', 'without_follow_up': 'false'} %}
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

instruments as (
    select instrument
    from {{ ref('ref_instruments') }}
),

spine as (
    select instrument as measure
    from instruments
    union all
    select 'answered_days' as measure
),

-- Both sides or none: those without a follow-up are the others of all with a baseline.
judged as (
    select
        spine.measure,
        coalesce(returned.patients, 0) >= {{ var('min_cell') }}
        and coalesce(missing.patients, 0) >= {{ var('min_cell') }}
        and coalesce(differing.fewest_differing, {{ var('min_cell') }}) >= {{ var('min_cell') }}
            as is_shown
    from spine
    left join means as returned
        on spine.measure = returned.measure and returned.has_follow_up
    left join means as missing
        on spine.measure = missing.measure and not missing.has_follow_up
    left join differing on spine.measure = differing.measure
),

final as (
    select
        judged.measure,
        {%- for side in sides %}
        {%- for figure in figures %}
        case when judged.is_shown then {{ side }}.{{ figure }} end as {{ side }}_{{ figure }},
        {%- endfor %}
        {%- endfor %}
        not judged.is_shown as is_withheld
    from judged
    {%- for side, has_follow_up in sides.items() %}
    left join means as {{ side }}
        on
            judged.measure = {{ side }}.measure
            and {{ side }}.has_follow_up = {{ has_follow_up }}
    {%- endfor %}
)

select * from final
