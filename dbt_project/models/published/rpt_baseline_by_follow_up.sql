{%- set figures = ['patients', 'mean', 'standard_deviation', 'ci_lower', 'ci_upper'] %}
{%- set groups = ['fewest_differing', 'told_elsewhere'] %}

with means as (
    select *
    from {{ ref('cell_follow_up_means') }}
),

differing as (
    select *
    from {{ ref('cell_follow_up_overlaps') }}
),

spine as (
    select distinct
        instrument as measure,
        case when is_follow_up_withheld then 0 end as told_elsewhere
    from {{ ref('shown_outcome_changes') }}
    union all
    select
        'answered_days' as measure,
        null as told_elsewhere
),

-- Both sides or none: those without a follow-up are the others of all with a baseline.
counted as (
    select
        spine.measure,
        {%- for side in ['with_follow_up', 'without_follow_up'] %}
        {%- for figure in figures %}
        {{ side }}.{{ figure }} as {{ side }}_{{ figure }},
        {%- endfor %}
        {%- endfor %}
        least(
            coalesce(with_follow_up.patients, 0), coalesce(without_follow_up.patients, 0)
        ) as fewest_patients,
        differing.fewest_differing,
        spine.told_elsewhere
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
        {{ withhold(side ~ '_' ~ figure, 'fewest_patients', groups) }} as {{ side }}_{{ figure }},
        {%- endfor %}
        {%- endfor %}
        {{ withhold('fewest_patients', 'fewest_patients', groups) }} is null as is_withheld
    from counted
)

select * from final
