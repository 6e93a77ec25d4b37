{#- What a table is, hashed: its SQL and columns, its key and indexes, all that it is built from. The
    reporting date is not part of it, and a copied database has another name. -#}
{% macro definition(definitions_read) -%}
    {%- set meta = config.get('meta', {}) -%}
    {%- set parts = [own_code() | replace(as_of(), '') | replace('"' ~ this.database ~ '".', '')] -%}
    {%- for column in model.columns.values() -%}
        {%- do parts.append(column.name ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
    {%- if keeps_its_state() -%}
        {%- do parts.append(tojson(
            [
                config.get('indexes', []),
                meta.get('key'),
                meta.get('announces', []),
                meta.get('announces_changes_alone'),
                meta.get('moves_with_as_of'),
                moves_until(model),
            ],
            sort_keys=true
        )) -%}
    {%- endif -%}
    {%- for function in meta.get('compared_with', []) -%}
        {#- One that is gone is compared with, too: every comparison then says so. -#}
        {%- do parts.append(run_query(
            "select coalesce(string_agg(pg_get_functiondef(oid), '' order by oid), 'gone')"
            ~ " from pg_proc where concat(pronamespace::regnamespace, '.', proname) = '"
            ~ function ~ "'"
        ).columns[0].values()[0]) -%}
    {%- endfor -%}
    {{ return(local_md5((parts + definitions_read) | join('\n'))) }}
{%- endmacro %}


{#- A seed has no SQL. -#}
{% macro own_code() -%}
    {{ return(model.get('compiled_code') or model.checksum.checksum) }}
{%- endmacro %}
