with cells as (
    select *
    from {{ ref('cell_group_outcomes') }}
),

differing as (
    select *
    from {{ ref('cell_group_overlaps') }}
),

outcomes as (
    select
        instrument,
        outcome_window_days,
        eligible_observed,
        responders
    from {{ ref('shown_assessment_outcomes') }}
),

changes as (
    select
        instrument,
        outcome_window_days,
        is_change_withheld
    from {{ ref('shown_outcome_changes') }}
),

instruments as (
    select
        instrument,
        lowest_score,
        highest_score
    from {{ ref('ref_instruments') }}
),

-- A withheld row stays: absence would tell as much as a number.
spine as (
    select
        changes.*,
        patient_groups.patient_group
    from changes
    cross join {{ patient_group_rows() }} as patient_groups (patient_group)
),

-- All groups of a window or none, or the one left out would be the total less the others. So each
-- group that is there must have enough patients, with one to spare: what withholding tells, too.
windows as (
    select
        spine.instrument,
        spine.patient_group,
        spine.outcome_window_days,
        coalesce(cells.patients, 0) as patients,
        cells.baseline_mean,
        cells.mean,
        cells.standard_deviation,
        coalesce(cells.eligible_observed, 0) as eligible_observed,
        coalesce(cells.responders, 0) as responders,
        case
            when not spine.is_change_withheld then min(cells.patients) over cell - 1
        end as least_patients,
        min(differing.fewest_differing) over cell as fewest_differing,
        case
            when outcomes.eligible_observed is not null and outcomes.responders is not null
                then min(
                    least(cells.responders, cells.eligible_observed - cells.responders)
                ) over cell - 1
        end as least_responders,
        min(nullif(cells.patients - cells.eligible_observed, 0)) over cell as least_others
    from spine
    inner join outcomes
        on
            spine.instrument = outcomes.instrument
            and spine.outcome_window_days = outcomes.outcome_window_days
    left join cells
        on
            spine.instrument = cells.instrument
            and spine.patient_group = cells.patient_group
            and spine.outcome_window_days = cells.outcome_window_days
    left join differing
        on
            spine.instrument = differing.instrument
            and spine.patient_group = differing.patient_group
            and spine.outcome_window_days = differing.outcome_window_days
    window cell as (partition by spine.instrument, spine.outcome_window_days)
),

shown as (
    select
        windows.instrument,
        windows.patient_group,
        windows.outcome_window_days,
        {{ withheld_figures('windows', 'windows.least_patients') }},
        {%- for count in ['eligible_observed', 'responders'] %}
        {{ withhold('windows.' ~ count, 'windows.least_responders', [
            'coalesce(windows.least_patients, 0)', 'windows.least_others',
        ]) }} as {{ count }},
        {%- endfor %}
        {{ withhold(
            'windows.baseline_mean', 'windows.least_patients', ['windows.fewest_differing']
        ) }} as baseline_mean,
        {{ withhold('false', 'windows.least_patients', ['windows.fewest_differing']) }} is null
            as is_baseline_withheld
    from windows
),

published as (
    {{ published_means('shown', ['instrument', 'patient_group', 'outcome_window_days']) }}
),

final as (
    select
        shown.instrument,
        shown.patient_group,
        shown.outcome_window_days,
        published.patients,
        {{ published_mean(
            'shown.baseline_mean', 'steps', ('instruments.lowest_score', 'instruments.highest_score')
        ) }} as baseline_mean,
        published.mean as mean_change,
        published.standard_deviation as change_standard_deviation,
        published.ci_lower as change_ci_lower,
        published.ci_upper as change_ci_upper,
        {{ published_count('shown.eligible_observed', 'eligible_observed_steps') }}
            as eligible_observed,
        {{ published_count('shown.responders', 'eligible_observed_steps') }} as responders,
        {{ published_share(
            'response_observed', 'shown.responders', 'shown.eligible_observed',
            'eligible_observed_steps'
        ) }},
        shown.patients is null as is_withheld,
        shown.is_baseline_withheld,
        shown.responders is null as is_response_withheld
    from shown
    inner join published
        on
            shown.instrument = published.instrument
            and shown.patient_group = published.patient_group
            and shown.outcome_window_days = published.outcome_window_days
    inner join instruments on shown.instrument = instruments.instrument
    {{ precision_lookup('shown.patients') }}
    {{ precision_lookup('shown.eligible_observed', 'eligible_observed_steps') }}
)

select * from final
