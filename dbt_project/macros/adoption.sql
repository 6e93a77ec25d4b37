{#- Whether the rows are in a clinic's own tables, of which the models read copies. -#}
{% macro is_adopted() -%}
    {{ return(var('input_schema') != 'public') }}
{%- endmacro %}


{#- Brings the copies up to date, before any model reads them, in a transaction of its own: all
    relations are read as of one moment. dbt has begun a transaction already. -#}
{% macro take_in() -%}
    {%- if execute and is_adopted() and flags.WHICH in ('build', 'run') %}
    commit;
    begin isolation level repeatable read;
    select intake.take_in({{ flags.FULL_REFRESH | lower if flags.FULL_REFRESH else 'false' }});
    commit;
    begin
    {%- endif -%}
{%- endmacro %}


{#- Whether the relation is a copy of a clinic's rows, without their texts. -#}
{% macro is_copy(relation) -%}
    {{ return(is_adopted() and relation.schema == 'intake') }}
{%- endmacro %}


{#- Of these columns of a relation those that the clinic's own tables have: a copy has all of them, and
    so has what is built from it. A column can be named with its table, such as
    log_pulse_checks.created_at. -#}
{% macro delivered(relation, columns) -%}
    {%- if not execute or not is_adopted() -%} {{ return(columns) }} {%- endif -%}
    {%- set found = [] -%}
    {%- for column in columns -%}
        {%- if '.' in column -%}
            {%- set is_missing = column in missing_columns() -%}
        {%- elif is_copy(relation) -%}
            {#- A row without a session is quarantined. -#}
            {%- set is_missing = relation.identifier ~ '.' ~ column in missing_columns()
                or column in ['session_id', 'practitioner_id'] -%}
        {%- else -%}
            {%- set is_missing = column in may_be_null() and 'benchmark' not in relation.identifier -%}
        {%- endif -%}
        {%- do found.append(column) if not is_missing -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- Columns that models take from the clinic's tables, and that can be empty there: a session may have
    no practitioner. -#}
{% macro may_be_null() -%}
    {%- set names = ['practitioner_id'] -%}
    {#- A session has both, though an optional relation that is not there has neither. -#}
    {%- set never = ['session_id', 'patient_id'] -%}
    {%- for column in missing_columns() if column.split('.')[1] not in never -%}
        {#- The day after the session is worked out; what the table says of it is only compared. -#}
        {%- do names.append(
            column.split('.')[1] | replace('days_post_session', 'stored_days_post_session')
        ) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}


{#- Asked once a run. -#}
{% macro missing_columns() -%}
    {%- if 'missing_columns' not in graph -%}
        {%- do graph.update({'missing_columns': run_query(
            'select unnest(missing_columns) from quality.adoption'
        ).columns[0].values()}) -%}
    {%- endif -%}
    {{ return(graph['missing_columns']) }}
{%- endmacro %}
