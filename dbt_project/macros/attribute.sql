{#- The attribute of dbt_project.yml: each value of the clinic's with its label, in the file's order;
    nothing where none is named. -#}
{% macro attribute_values() -%}
    {{ return((var('attribute', none) or {}).get('values', {})) }}
{%- endmacro %}


{#- Whether a source table is there: that of the attribute is if a clinic with own tables names one. -#}
{% macro takes_in(source_table) -%}
    {{ return(source_table != 'log_session_attributes' or (attribute_values() and is_adopted())) }}
{%- endmacro %}


{#- The groups that patients are in, as they are published. -#}
{% macro patient_groups() -%}
    {%- set groups = attribute_values().values() | unique | list -%}
    {{ return(groups + ['several', 'none'] if groups else []) }}
{%- endmacro %}


{#- In a from clause: one row per group, and none where no attribute is named. -#}
{% macro patient_group_rows() -%}
    {%- if patient_groups() -%}
    {{ constants(patient_groups()) }}
    {%- else -%}
    (select 'none' where false)
    {%- endif -%}
{%- endmacro %}


{#- A value of the clinic's as its label; NULL if it is not listed. -#}
{% macro attribute_label(value) -%}
    {%- if attribute_values() -%}
    case {{ value }}
            {%- for code, label in attribute_values().items() %}
            when '{{ dbt.escape_single_quotes(code) }}' then '{{ label }}'
            {%- endfor %}
        end
    {%- else -%}
    null::text
    {%- endif -%}
{%- endmacro %}
