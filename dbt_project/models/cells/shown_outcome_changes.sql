{%- set shown_as = {
    'with_baseline': 'shown_baseline',
    'compared': 'shown_compared',
    'eligible_important': 'shown_important',
    'eligible_improved': 'shown_improved',
    'recovered': 'shown_recovered',
} %}
{%- set with_baseline = 'cells.with_baseline' %}
{%- set groups = ['differing.fewest_differing'] + baselines_beside('follow_ups.followed') %}

with cells as (
    select *
    from {{ ref('cell_outcome_groups') }}
),

follow_ups as (
    select
        measure as instrument,
        sum(patients)::integer as followed,
        case when count(*) = 2 then min(patients) end as least_followed
    from {{ ref('cell_follow_up_means') }}
    group by measure
),

differing as (
    select *
    from {{ ref('cell_follow_up_overlaps') }}
),

-- Both sides of rpt_baseline_by_follow_up are everybody with a baseline in the last window.
baselines as (
    select
        cells.*,
        cells.with_baseline > 0
        and {{ withhold('true', with_baseline, baselines_beside(with_baseline)) }} is null
            as is_told,
        case
            when cells.outcome_window_days = max(cells.outcome_window_days) over instruments
                then {{ withhold('follow_ups.followed', 'follow_ups.least_followed', groups) }}
        end as followed
    from cells
    left join follow_ups on cells.instrument = follow_ups.instrument
    left join differing on cells.instrument = differing.measure
    window instruments as (partition by cells.instrument)
),

-- Who has a baseline is the same in each window but for who has come less far: one number tells
-- the others. So none is shown where one of them, less a group of its window, is of a few.
baselines_told as (
    select
        *,
        bool_or(
            is_told
            or followed is not null
            and {{ withhold('true', 'followed', ['nullif(followed - with_baseline, 0)']) }} is null
        ) over instruments as are_baselines_told,
        bool_or(is_told) over instruments or max(followed) over instruments is null
            as is_follow_up_withheld
    from baselines
    window instruments as (partition by instrument)
),

-- The others of those eligible and observed must not be few, and not none either: a rate of all.
improved_shown as (
    select
        *,
        case
            when eligible_observed is not null
                then {{ withhold('eligible_improved', 'eligible_improved', [
                    'eligible_observed - eligible_improved',
                    'nullif(reliably_improved - eligible_improved, 0)',
                    'nullif(with_change - eligible_observed - reliably_improved + eligible_improved, 0)',
                    'nullif(with_change - reliably_deteriorated - eligible_improved, 0)',
                    'case when are_remitted_improved'
                    ~ ' then nullif(eligible_improved - remitted, 0) end',
                    'case when are_responders_improved'
                    ~ ' then nullif(eligible_improved - responders, 0) end',
                ]) }}
        end as shown_improved,
        case when not are_baselines_told then {{ withhold('with_baseline', 'with_baseline') }} end
            as shown_baseline
    from baselines_told
),

recovered_shown as (
    select
        *,
        case
            when eligible_observed is not null
                then {{ withhold('recovered', 'recovered', [
                    'eligible_observed - recovered',
                    'nullif(shown_improved - recovered, 0)',
                    'nullif(reliably_improved - recovered, 0)',
                    'nullif(with_change - reliably_deteriorated - recovered, 0)',
                    'case when are_remitted_improved then nullif(recovered - remitted, 0) end',
                    'case when are_recovered_remitted then nullif(remitted - recovered, 0) end',
                    'case when are_recovered_remitted then nullif('
                    ~ 'eligible_observed - remitted - shown_improved + recovered, 0) end',
                    'case when are_recovered_remitted then nullif(with_change '
                    ~ '- reliably_deteriorated - remitted - shown_improved + recovered, 0) end',
                    'case when are_recovered_remitted then nullif(with_change '
                    ~ '- reliably_deteriorated - remitted - reliably_improved + recovered, 0) end',
                ]) }}
        end as shown_recovered
    from improved_shown
),

-- Where an important change is a reliable one, both are the same group.
important_shown as (
    select
        *,
        case
            when is_important_reliable then shown_improved
            when eligible_observed is not null
                then {{ withhold('eligible_important', 'eligible_important', [
                    'eligible_observed - eligible_important',
                    'nullif(eligible_important - shown_improved, 0)',
                    'nullif(eligible_important - shown_recovered, 0)',
                    'nullif(with_change - reliably_deteriorated - eligible_important, 0)',
                    'nullif(with_change - eligible_observed - reliably_improved + eligible_important, 0)',
                    'nullif(with_change - reliably_deteriorated - reliably_improved'
                    ~ ' - eligible_important + shown_improved, 0)',
                    'case when are_remitted_improved'
                    ~ ' then nullif(eligible_important - remitted, 0) end',
                    'case when are_responders_important'
                    ~ ' then nullif(eligible_important - responders, 0) end',
                ]) }}
        end as shown_important
    from recovered_shown
),

final as (
    select
        instrument,
        outcome_window_days,
        {%- for count, shown in shown_as.items() %}
        {{ shown }} as {{ count }},
        {%- endfor %}
        {%- for count, shown in shown_as.items() %}
        {{ count }} is not null and {{ shown }} is null as is_{{ count }}_withheld,
        {%- endfor %}
        -- A difference from a shorter window would be of the baselines of a few.
        {{ withhold('shown_compared', 'shown_compared', ['fewest_differing']) }} is null
            as is_change_withheld,
        is_follow_up_withheld
    from important_shown
)

select * from final
