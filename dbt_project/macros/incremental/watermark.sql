{#- What a table is to show once it is built. What it reads stays as it is until then, and what is
    taken in from here on is left for the next run. -#}
{% macro next_state() %}
    {%- do run_query(end_with_client()) -%}
    {%- set reads = [] -%}
    {%- for unique_id in model.depends_on.nodes if unique_id in graph.nodes -%}
        {%- do reads.append(graph.nodes[unique_id].schema ~ '.' ~ graph.nodes[unique_id].alias) -%}
    {%- endfor -%}
    {%- set found = {} -%}
    {%- for row in run_query(
        "select relation, as_of::text, definition::text, since_transaction"
        ~ " from quality.built_tables"
        ~ " where relation in ('" ~ reads | join("', '") ~ "')"
        ~ " and relation_oid = to_regclass(relation)::oid::bigint"
        ~ " order by relation for share"
    ).rows -%}
        {%- do found.update({row[0]: row}) -%}
    {%- endfor -%}
    {%- for table in reads if table not in found or found[table][1] not in (none, as_of_day()) -%}
        {{ exceptions.raise_compiler_error(
            table ~ ' does not show ' ~ as_of_day() ~ ': dbt build --select +' ~ model.name
        ) }}
    {%- endfor -%}

    {%- set definitions = [] -%}
    {%- set days = [as_of_day()] if as_of() in own_code() else [] -%}
    {#- Views and what reads nothing are never behind. -#}
    {%- set since = [] -%}
    {%- if model.depends_on.nodes and config.get('materialized') != 'view' -%}
        {%- do since.append(run_query(
            'select pg_snapshot_xmin(pg_current_snapshot())::text::bigint'
        ).columns[0].values()[0]) -%}
    {%- endif -%}
    {%- for table in found.values() -%}
        {%- do days.append(table[1]) if table[1] -%}
        {%- do definitions.append(table[2]) -%}
        {%- do since.append(table[3]) if table[3] -%}
    {%- endfor -%}
    {{ return({
        'as_of': days | first,
        'definition': definition(definitions),
        'since_transaction': since | min | int if since else none,
        'source_state': source_state() if keeps_its_state() else none,
    }) }}
{% endmacro %}


{#- A server notices a client that is gone only when a statement is done: a build that nobody waits
    for any more must not go on beside the next. A server on Windows cannot notice earlier. -#}
{% macro end_with_client() -%}
    do $$
    begin
        set client_connection_check_interval = '2s';
    exception when invalid_parameter_value then
        null;
    end
    $$
{%- endmacro %}


{#- Null when there is none, or when it is about another table than the one that is there. -#}
{% macro last_state() %}
    {%- for row in run_query(
        "select as_of::text, replace(definition::text, '-', ''), since_transaction,"
        ~ " replace(source_state::text, '-', '')"
        ~ " from quality.built_tables where relation = '" ~ built_table() ~ "'"
        ~ " and relation_oid = to_regclass(relation)::oid::bigint"
        ~ " for update"
    ).rows -%}
        {{ return({
            'as_of': row[0],
            'definition': row[1],
            'since_transaction': row[2],
            'source_state': row[3],
        }) }}
    {%- endfor -%}
{% endmacro %}


{#- Transaction ids can be compared on one server only, and only while triggers note every change. A
    trigger that is switched off, even for a moment, changes its row in the catalogue. Null while a
    trigger is off. -#}
{% macro source_state() %}
    {%- set tables = [] -%}
    {%- for source in graph.sources.values() | selectattr('source_name', 'equalto', 'operational') -%}
        {%- do tables.append(source.relation_name) -%}
    {%- endfor -%}
    {{ return(run_query(
        "select case"
        ~ " when count(*) filter (where tgfoid = 'intake.note_sessions()'::regprocedure"
        ~ " and tgenabled = 'A') = " ~ 3 * tables | length
        ~ " then md5(string_agg(concat_ws(' ', oid, xmin, tgenabled), ',' order by oid)"
        ~ " || (select system_identifier from pg_control_system())) end"
        ~ " from pg_trigger where tgrelid in ('" ~ tables | join("'::regclass, '") ~ "'::regclass)"
    ).columns[0].values()[0]) }}
{% endmacro %}


{% macro built_table() -%}
    {{ return(this.schema ~ '.' ~ this.identifier) }}
{%- endmacro %}


{% macro record_state(next) -%}
    insert into quality.built_tables (
        relation, run_id, as_of, definition, source_state, since_transaction, next_bucket, mended_by
    )
    values (
        '{{ built_table() }}',
        '{{ invocation_id }}',
        {{ "date '" ~ next.as_of ~ "'" if next.as_of else 'null' }},
        '{{ next.definition }}',
        {{ "'" ~ next.source_state ~ "'" if next.source_state else 'null' }},
        {{ next.since_transaction or 'null' }},
        {{ next.next_bucket or 0 }},
        {{ "'" ~ invocation_id ~ "'" if next.is_mended else 'null' }}
    )
    on conflict (relation) do update
    set
        run_id = excluded.run_id,
        as_of = excluded.as_of,
        defined_by = case
            when built_tables.definition = excluded.definition then built_tables.defined_by
            else excluded.run_id
        end,
        definition = excluded.definition,
        source_state = excluded.source_state,
        since_transaction = excluded.since_transaction,
        next_bucket = excluded.next_bucket,
        compared_bucket = (built_tables.compared_bucket + 1) % 32,
        mended_by = coalesce(excluded.mended_by, built_tables.mended_by)
{%- endmacro %}


{#- And writes it itself. -#}
{% macro keeps_its_state() -%}
    {{ return(config.get('materialized') in ['by_key', 'whole']) }}
{%- endmacro %}


{#- The server's own defaults make sorts and hashes of a whole table go to disk, and read a whole
    table for a few sessions, as if a disk still had to turn for each page. -#}
{% macro record_build() -%}
    set local work_mem = '{{ var("work_mem") }}';
    set local random_page_cost = 1.1;
    {%- if execute and not keeps_its_state() %}
        {{ record_state(next_state()) }}
    {%- endif -%}
{%- endmacro %}


{% macro record_table() -%}
    update quality.built_tables
    set
        {%- if execute and is_cross_check() %}
        due_keys = {{ due_keys() }},
        compared_keys = (
            select count(distinct {{ touched_key() }})
            from {{ this }} as compared
            where compared.xmin = pg_current_xact_id()::xid
        ),
        {%- endif %}
        relation_oid = '{{ this }}'::regclass::oid::bigint
    where relation = '{{ built_table() }}'
    {%- if model.get('records_contents') -%};
    {{ record_contents(this) }}
    {%- endif %}
    {%- if execute and config.get('materialized') != 'view' and has_changed(this) -%};
    analyze {{ this }}
    {%- endif -%}
{%- endmacro %}


{#- In this transaction, or it was never analysed: PostgreSQL then takes a table of four rows for one
    of thousands, and autovacuum never comes to one that small. -#}
{% macro has_changed(table) -%}
    {{ return(run_query(
        "select reltuples < 0 or pg_stat_get_xact_tuples_inserted(oid)"
        ~ " + pg_stat_get_xact_tuples_deleted(oid) > 0"
        ~ " from pg_class where oid = '" ~ table ~ "'::regclass"
    ).columns[0].values()[0]) }}
{%- endmacro %}
