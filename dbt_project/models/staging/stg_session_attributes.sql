with session_attributes as (
    {%- if takes_in('log_session_attributes') %}
    select
        session_id,
        value
    from {{ source('operational', 'log_session_attributes') }}
    {%- else %}
    select
        session_id,
        null::text as value
    from {{ ref('stg_sessions') }}
    where false
    {%- endif %}
),

sessions as (
    select
        session_id,
        quarantine_reason
    from {{ ref('stg_sessions') }}
),

labelled as (
    select
        session_id,
        {{ attribute_label('value') }} as attribute_value
    from session_attributes
),

compared as (
    select
        *,
        min(attribute_value) over (partition by session_id)
        <> max(attribute_value) over (partition by session_id) as has_several_values
    from labelled
),

renamed as (
    select
        compared.session_id,
        case
            {{ no_session_reasons() }}
            when compared.attribute_value is null then 'unknown_value'
            when compared.has_several_values then 'several_values'
        end as quarantine_reason,
        compared.attribute_value
    from compared
    left join sessions on compared.session_id = sessions.session_id
)

select * from renamed
