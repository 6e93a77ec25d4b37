{%- set figures = ['patients', 'mean', 'standard_deviation'] %}
{%- set groups = ['fewest_differing', 'told_elsewhere'] %}

with means as (
    select *
    from {{ ref('cell_follow_up_means') }}
),

differing as (
    select *
    from {{ ref('cell_follow_up_overlaps') }}
),

instruments as (
    select
        instrument,
        lowest_score,
        highest_score
    from {{ ref('ref_instruments') }}
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

{%- for side in ['with_follow_up', 'without_follow_up'] %}

shown_{{ side }} as (
    select
        counted.measure,
        {%- for figure in figures %}
        {{ withhold('counted.' ~ side ~ '_' ~ figure, 'counted.fewest_patients', groups) }}
            as {{ figure }},
        {%- endfor %}
        -- Answered days are 0 to 180.
        coalesce(instruments.lowest_score, 0) as lowest,
        coalesce(instruments.highest_score, 181) as highest
    from counted
    left join instruments on counted.measure = instruments.instrument
),

{{ side }} as (
    {{ published_means(
        'shown_' ~ side, ['measure'],
        ('shown_' ~ side ~ '.lowest', 'shown_' ~ side ~ '.highest')
    ) }}
),
{%- endfor %}

final as (
    select
        with_follow_up.measure,
        {%- for side in ['with_follow_up', 'without_follow_up'] %}
        {%- for figure in figures + ['ci_lower', 'ci_upper'] %}
        {{ side }}.{{ figure }} as {{ side }}_{{ figure }},
        {%- endfor %}
        {%- endfor %}
        with_follow_up.patients is null as is_withheld
    from with_follow_up
    inner join without_follow_up on with_follow_up.measure = without_follow_up.measure
)

select * from final
