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
    {%- for source_table, (relation, rows) in {
        'log_sessions': (ref('dim_sessions'), 'count(*)'),
        'log_pulse_checks': (ref('int_pulse_days'), 'coalesce(sum(source_rows), 0)'),
        'log_integration_sessions': (ref('fct_integration_milestones'), 'count(*)'),
        'log_behavioral_changes': (ref('fct_behavioral_changes'), 'coalesce(sum(change_count), 0)'),
        'log_journey_ends': (ref('int_recorded_ends'), 'coalesce(sum(source_rows), 0)'),
        'log_session_attributes': (ref('int_patient_groups'), 'coalesce(sum(source_rows), 0)'),
    }.items() if takes_in(source_table) %}
    select
        '{{ source_table }}' as source_table,
        'used' as outcome,
        {{ rows }}::bigint as rows
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

quarantined as (
    {%- for source_table, relation in {
        'log_sessions': ref('stg_sessions'),
        'log_pulse_checks': ref('stg_pulse_checks'),
        'log_integration_sessions': ref('stg_integration_sessions'),
        'log_behavioral_changes': ref('stg_behavioral_changes'),
        'log_journey_ends': ref('stg_journey_ends'),
        'log_session_attributes': ref('stg_session_attributes'),
    }.items() if takes_in(source_table) %}
    select
        '{{ source_table }}' as source_table,
        quarantine_reason as outcome,
        count(*) as rows
    from {{ relation }}
    where quarantine_reason is not null
    group by quarantine_reason
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select * from raw
    union all
    select * from used
    union all
    select * from quarantined
)

select * from final
