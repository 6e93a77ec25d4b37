{{ config(materialized='whole', indexes=[], meta={'built_in_every_run': true}) }}

-- What each row became, counted where it arrived, not as a remainder.
with raw as (
    select
        source_table,
        'raw' as outcome,
        rows
    from {{ ref('stg_source_rows') }}
),

used as (
    select
        'log_sessions' as source_table,
        count(*) as rows
    from {{ ref('dim_sessions') }}
    union all
    select
        'log_pulse_checks' as source_table,
        coalesce(sum(source_rows), 0)::bigint as rows
    from {{ ref('int_pulse_days') }}
    union all
    select
        'log_integration_sessions' as source_table,
        count(*) as rows
    from {{ ref('fct_integration_milestones') }}
    union all
    select
        'log_behavioral_changes' as source_table,
        coalesce(sum(change_count), 0)::bigint as rows
    from {{ ref('fct_behavioral_changes') }}
),

quarantined as (
    {%- for source_table, model in {
        'log_sessions': 'stg_sessions',
        'log_pulse_checks': 'stg_pulse_checks',
        'log_integration_sessions': 'stg_integration_sessions',
        'log_behavioral_changes': 'stg_behavioral_changes',
    }.items() %}
    select
        '{{ source_table }}' as source_table,
        quarantine_reason as outcome,
        count(*) as rows
    from {{ ref(model) }}
    where quarantine_reason is not null
    group by quarantine_reason
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        source_table,
        outcome,
        rows
    from raw
    union all
    select
        source_table,
        'used' as outcome,
        rows
    from used
    union all
    select
        source_table,
        outcome,
        rows
    from quarantined
)

select * from final
