-- By the clock of the server, less an hour for that of the application.
{{ config(severity='warn') }}

with written as (
    select created_at from {{ ref('stg_sessions') }}
    union all
    select created_at from {{ ref('stg_pulse_checks') }}
    union all
    select created_at from {{ ref('stg_integration_sessions') }}
    union all
    select created_at from {{ ref('stg_behavioral_changes') }}
    union all
    select created_at from {{ ref('stg_journey_ends') }}
)

select 1 as broken
from written
where created_at > now() + interval '1 hour'
