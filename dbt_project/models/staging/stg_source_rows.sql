-- Counted in the sources themselves, past row-level security: neither a join in staging nor a
-- policy that was lost can hide a row.
with counted as (
    select
        'log_sessions' as source_table,
        {{ all_rows(source('operational', 'log_sessions')) }} as rows
    union all
    select
        'log_pulse_checks' as source_table,
        {{ all_rows(source('operational', 'log_pulse_checks')) }} as rows
    union all
    select
        'log_integration_sessions' as source_table,
        {{ all_rows(source('operational', 'log_integration_sessions')) }} as rows
    union all
    select
        'log_behavioral_changes' as source_table,
        {{ all_rows(source('operational', 'log_behavioral_changes')) }} as rows
    union all
    select
        'log_journey_ends' as source_table,
        {{ all_rows(source('operational', 'log_journey_ends')) }} as rows
    {%- if takes_in('log_session_attributes') %}
    union all
    select
        'log_session_attributes' as source_table,
        {{ all_rows(source('operational', 'log_session_attributes')) }} as rows
    {%- endif %}
),

renamed as (
    select
        source_table,
        rows
    from counted
)

select * from renamed
