-- The same words on the same day of the same session, written within a minute: a double click or a
-- request that was sent again. What was written at another time may have happened twice.
{{ config(severity='warn') }}

{#- No copy of a clinic's rows has words. -#}
with used as (
    select change_id
    from {{ ref('stg_behavioral_changes') }}
    where quarantine_reason is null
)

select
    changes.session_id,
    changes.change_type,
    changes.change_date
from {{ source('operational', 'log_behavioral_changes') }} as changes
inner join used on changes.change_id = used.change_id
group by
    changes.session_id, changes.change_type, changes.change_sentiment,
    {{ 'changes.change_id' if is_adopted() else 'changes.change_description' }}, changes.change_date, date_trunc('minute', changes.created_at)
having count(*) > 1
