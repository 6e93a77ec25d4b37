with cells as (
    select
        instrument,
        event,
        outcome_window_days,
        at_risk,
        events
    from {{ ref('cell_outcome_curves') }}
),

outcomes as (
    select
        instrument,
        outcome_window_days,
        eligible,
        responders
    from {{ ref('shown_assessment_outcomes') }}
),

-- A share is computed from the published counts: events, rounded up, must not be as many as
-- those at risk.
with_outcomes as (
    select
        cells.*,
        {{ published_count('cells.at_risk') }} - {{ published_count('cells.events') }}
            as published_others,
        outcomes.eligible,
        outcomes.responders,
        lag(outcomes.eligible) over curve as eligible_before
    from cells
    left join outcomes
        on
            cells.event = 'response'
            and cells.instrument = outcomes.instrument
            and cells.outcome_window_days = outcomes.outcome_window_days
    {{ precision_lookup('cells.at_risk') }}
    window curve as (
        partition by cells.instrument, cells.event
        order by cells.outcome_window_days
    )
),

-- A relapse follows on a response in any window.
with_people as (
    select
        *,
        case
            when event = 'response' then eligible is not null and responders is not null
            else
                bool_and(
                    event = 'relapse' or (eligible is not null and responders is not null)
                ) over (partition by instrument)
        end as are_people_shown
    from with_outcomes
),

judged as (
    select
        *,
        case
            when are_people_shown
                then {{ withhold('true', 'events', [
                    'at_risk - events',
                    'published_others',
                    'nullif(eligible - at_risk, 0)',
                    'nullif(eligible_before - eligible, 0)',
                ]) }}
        end is not null as is_safe
    from with_people
),

-- A curve ends where it cannot go on: a later step needs all earlier ones.
chained as (
    select
        *,
        bool_and(is_safe) over (
            partition by instrument, event
            order by outcome_window_days
        ) as is_shown
    from judged
),

final as (
    select
        instrument,
        event,
        outcome_window_days,
        case when is_shown then at_risk end as at_risk,
        case when is_shown then events end as events,
        not is_shown as is_withheld
    from chained
)

select * from final
