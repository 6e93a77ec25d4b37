-- Counted from the sources themselves, so that a join in staging cannot hide a lost row.
with counted as (
    select
        'log_sessions' as source_table,
        count(*) as rows
    from {{ source('operational', 'log_sessions') }}
    union all
    select
        'log_pulse_checks' as source_table,
        count(*) as rows
    from {{ source('operational', 'log_pulse_checks') }}
    union all
    select
        'log_integration_sessions' as source_table,
        count(*) as rows
    from {{ source('operational', 'log_integration_sessions') }}
    union all
    select
        'log_behavioral_changes' as source_table,
        count(*) as rows
    from {{ source('operational', 'log_behavioral_changes') }}
    union all
    select
        'log_journey_ends' as source_table,
        count(*) as rows
    from {{ source('operational', 'log_journey_ends') }}
),

renamed as (
    select
        source_table,
        rows
    from counted
)

select * from renamed
