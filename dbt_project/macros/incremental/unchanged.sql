{#- What dbt would write again in every run, although it is the same. -#}


{#- dbt empties a seed by `truncate`, which no snapshot holds out against. One whose columns are
    others than in the file is made anew, which dbt does on demand alone. -#}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- set columns = columns_of(old_relation) | map(attribute=0) | list -%}
    {%- if full_refresh or columns != agate_table.column_names | list -%}
        {{ return(default__reset_csv_table(model, true, old_relation, agate_table)) }}
    {%- endif -%}
    {%- set delete_rows = 'delete from ' ~ old_relation -%}
    {%- do run_query(delete_rows) -%}
    {{ return(delete_rows) }}
{% endmacro %}


{#- All rows by one statement: dbt calls a macro for each cell. -#}
{% macro postgres__load_csv_rows(model, agate_table) %}
    {%- set cells = [] -%}
    {%- for row in agate_table.rows -%}
        {%- do cells.extend(row) -%}
    {%- endfor -%}
    {%- set row = '(' ~ (['%s'] * agate_table.column_names | length) | join(', ') ~ ')' -%}
    {%- set insert_rows = 'insert into ' ~ this
        ~ ' (' ~ get_seed_column_quoted_csv(model, agate_table.column_names) ~ ') values '
        ~ ([row] * agate_table.rows | length) | join(', ') -%}
    {%- do adapter.add_query(insert_rows, bindings=cells, abridge_sql_log=True) -%}
    {{ return(insert_rows) }}
{% endmacro %}


{#- Comments that are the same are left: each one written leaves a dead row in the catalogue. The others
    go by one statement, where dbt asks for the table's columns twice. -#}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) %}
    {%- set described = [] -%}
    {%- do described.append(model.description) if model.description -%}
    {%- for name in model.columns | sort(case_sensitive=true) if model.columns[name].description -%}
        {%- do described.append(name ~ ' ' ~ model.columns[name].description) -%}
    {%- endfor -%}
    {%- set found = run_query(
        "select md5(coalesce(string_agg(concat_ws(' ', attname, description), chr(10)"
        ~ " order by attname collate \"C\" nulls first), ''))"
        ~ " from pg_description left join pg_attribute"
        ~ " on attrelid = objoid and attnum = objsubid and objsubid > 0"
        ~ " where classoid = 'pg_class'::regclass and objoid = '" ~ relation ~ "'::regclass"
    ).columns[0].values()[0] -%}
    {%- if found != local_md5(described | join('\n')) -%}
        {%- set comments = [] -%}
        {%- if for_relation and config.persist_relation_docs() and model.description -%}
            {%- do comments.append(alter_relation_comment(relation, model.description) | trim) -%}
        {%- endif -%}
        {%- set documented = model.columns if for_columns and config.persist_column_docs() else {} -%}
        {%- for name, _ in columns_of(relation) if name in documented -%}
            {%- do comments.append(
                'comment on column ' ~ relation ~ '.' ~ adapter.quote(name)
                ~ ' is ' ~ postgres_escape_comment(documented[name].description) ~ ';'
            ) -%}
        {%- endfor -%}
        {%- do run_query(comments | join('\n')) if comments -%}
    {%- endif -%}
{% endmacro %}


{#- From the catalogue itself: information_schema.columns also works out who may read what. -#}
{% macro postgres__get_columns_in_relation(relation) %}
    {%- set found = [] -%}
    {%- for name, type in columns_of(relation) -%}
        {%- do found.append(api.Column(name, type)) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}
