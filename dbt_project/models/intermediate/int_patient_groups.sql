{{ config(materialized='whole', indexes=[]) }}

with sessions as (
    select
        session_id,
        patient_id
    from {{ ref('int_sessions') }}
    {%- if not patient_groups() %}
    where false
    {%- endif %}
),

-- Rows of a session that are used have one value.
session_values as (
    select
        session_id,
        attribute_value,
        count(*) as source_rows
    from {{ ref('stg_session_attributes') }}
    where quarantine_reason is null
    group by session_id, attribute_value
),

-- Each patient is in one group: of groups that overlap, one could be subtracted from another.
final as (
    select
        sessions.patient_id,
        case count(distinct session_values.attribute_value)
            when 0 then 'none'
            when 1 then max(session_values.attribute_value)
            else 'several'
        end as patient_group,
        coalesce(sum(session_values.source_rows), 0)::integer as source_rows
    from sessions
    left join session_values on sessions.session_id = session_values.session_id
    group by sessions.patient_id
)

select * from final
