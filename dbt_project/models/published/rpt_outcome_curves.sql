{%- set staying = '(' ~ member('at_risk', 'step') ~ ' - ' ~ member('events', 'step') ~ ')' %}
{%- set staying_first = '(' ~ member('at_risk', 1) ~ ' - ' ~ member('events', 1) ~ ')' %}

with shown_curves as (
    select *
    from {{ ref('shown_outcome_curves') }}
),

-- All figures follow from the counts as they are published.
shown as (
    select
        shown_curves.instrument,
        shown_curves.event,
        shown_curves.outcome_window_days,
        {{ published_count('shown_curves.at_risk') }} as at_risk,
        {{ published_count('shown_curves.events') }} as events,
        shown_curves.is_withheld,
        steps.share_step_pct
    from shown_curves
    {{ precision_lookup('shown_curves.at_risk') }}
),

steps as (
    select
        *,
        row_number() over (
            partition by instrument, event
            order by outcome_window_days
        ) as step
    from shown
    where not is_withheld
),

curves as (
    select
        row_number() over (
            order by {{ bytewise('instrument') }}, {{ bytewise('event') }}
        ) as curve_id,
        instrument,
        event,
        count(*) as steps,
        {{ list_of('at_risk', 'step') }} as at_risk,
        {{ list_of('events', 'step') }} as events
    from steps
    group by instrument, event
),

-- The product-limit estimate, left / started, and Greenwood's sum: fractions of whole numbers.
products as (
    select *
    from {{ fold(
        'curves', 'curve_id', 'steps',
        first={
            'left_over': real(staying_first),
            'started': real(member('at_risk', 1)),
            'greenwood': ratio(
                member('events', 1), '(' ~ member('at_risk', 1) ~ ' * ' ~ staying_first ~ ')'
            ),
        },
        stages=[{
            'left_over': 'was_left_over * ' ~ staying,
            'started': 'was_started * ' ~ member('at_risk', 'step'),
            'greenwood': 'was_greenwood + '
            ~ ratio(
                member('events', 'step'), '(' ~ member('at_risk', 'step') ~ ' * ' ~ staying ~ ')'
            ),
        }],
    ) }} as folded
),

-- So many patients without censoring would give the same variance: Wilson's interval of them.
shares as (
    select
        curve_id,
        step,
        {{ ratio('left_over', 'started') }} as event_free,
        {{ ratio('started - left_over', '(left_over * greenwood)') }} as patients
    from products
),

final as (
    select
        shown.instrument,
        shown.event,
        shown.outcome_window_days,
        shown.at_risk,
        shown.events,
        {{ in_steps('100 * shares.event_free', 'shown.share_step_pct') }} as event_free_pct,
        {%- for bound, sign in {'ci_lower': '-', 'ci_upper': '+'}.items() %}
        {{ wilson_bound('shares.event_free', 'shares.patients', sign, 'shown.share_step_pct') }}
            as event_free_{{ bound }}_pct,
        {%- endfor %}
        shown.is_withheld
    from shown
    left join steps
        on
            shown.instrument = steps.instrument
            and shown.event = steps.event
            and shown.outcome_window_days = steps.outcome_window_days
    left join curves on steps.instrument = curves.instrument and steps.event = curves.event
    left join shares on curves.curve_id = shares.curve_id and steps.step = shares.step
)

select * from final
