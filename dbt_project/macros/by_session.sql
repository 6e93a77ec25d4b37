{#- True where the model is built whole. Where it is not, `by_session` puts the condition in its
    place: which of the two it is can only be known in the transaction that builds it. A view with
    CTEs is read whole unless it is asked for an array; of how many the planner has no idea, so
    what is asked so should not be joined in the same model. -#}
{% macro is_touched(session_id, of_view=false) -%}
    (true /* {{ session_id }} is {{ 'one of the touched' if of_view else 'touched' }} */)
{%- endmacro %}


{#- Builds the sessions anew whose rows changed or whose day moved; the whole table when it is not
    known to be right for all others. -#}
{% materialization by_session, adapter='postgres' %}
    {%- set table = this.incorporate(type='table') -%}
    {%- set next = next_state() -%}
    {%- set last = last_state() -%}
    {%- if not is_known_to_be_right(last, next) -%}
        {%- do run_query(record_state(next)) -%}
        {{ return(materialization_table_default()) }}
    {%- endif -%}

    {%- do drop_leftovers(table) -%}
    {{ run_hooks(pre_hooks) }}
    {%- do run_query(record_state(next)) -%}
    {%- set touched = 0 -%}
    {%- set moves = config.get('meta', {}).get('moves_with_as_of') and last.as_of != next.as_of -%}
    {%- if model.depends_on.nodes and not moves -%}
        {%- do run_query(find_touched_sessions(last, next)) -%}
        {%- set touched = run_query(
            'select count(*) from pg_temp.touched_sessions'
        ).columns[0].values()[0] -%}
    {%- endif -%}
    {% call statement('main') -%}
        {%- if moves %}
        delete from {{ table }};
        {{ insert_rows(table, sql) }}
        {%- elif touched %}
        delete from {{ table }}
        where session_id in (select session_id from pg_temp.touched_sessions);
        {{ insert_rows(table, of_touched_sessions(sql)) }}
        {%- else %}
        select 'nothing new' where false
        {%- endif %}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ return(kept(table)) }}
{% endmaterialization %}


{#- For all sessions that no later transaction touched. -#}
{% macro is_known_to_be_right(last, next) -%}
    {{ return(
        not should_full_refresh()
        and last
        and last.definition == next.definition
        and last.source_state
        and last.source_state == next.source_state
    ) }}
{%- endmacro %}


{% macro kept(table) -%}
    {%- do apply_grants(table, config.get('grants'), should_revoke=True) -%}
    {%- do persist_docs(table, model) -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [table]}) }}
{%- endmacro %}


{% macro of_touched_sessions(model_sql) -%}
    {%- set touched = '(select touched_sessions.session_id from pg_temp.touched_sessions)' -%}
    {%- set restricted = modules.re.sub(
        '\(true /\* ([a-z_.]+) is one of the touched \*/\)',
        '\\1 = any(array' ~ touched ~ ')',
        modules.re.sub(
            '\(true /\* ([a-z_.]+) is touched \*/\)', '\\1 in ' ~ touched, model_sql
        )
    ) -%}
    {%- if restricted == model_sql -%}
        {{ exceptions.raise_compiler_error('built by session, but nowhere says is_touched()') }}
    {%- endif -%}
    {{ return(restricted) }}
{%- endmacro %}


{#- A session is touched by a transaction that the table may lack, or by a day between the one that
    it showed and the one that it is to show: the session's own, a row's, or one of its journey. -#}
{% macro find_touched_sessions(last, next) -%}
    create temporary table touched_sessions on commit drop as
    select session_id
    from intake.touched_sessions
    where transaction_id >= {{ last.since_transaction }}
    {%- if last.as_of != next.as_of %}
    {%- set earlier, later = [last.as_of, next.as_of] | sort %}
    {#- Day 181 is the first complete one; a longer window of compliance counts its days further. #}
    {%- set journey_days = ([181] + var('compliance_windows')) | max %}
    union
    select session_id
    from {{ operational('log_sessions') }}
    where {{ utc_day('session_date') }} between
        date '{{ earlier }}' - {{ journey_days - 1 }} and date '{{ later }}'
    {%- for table, day in {
        'log_pulse_checks': 'check_date',
        'log_integration_sessions': 'session_date',
        'log_behavioral_changes': 'change_date',
    }.items() %}
    union
    select session_id
    from {{ operational(table) }}
    where {{ day }} > date '{{ earlier }}' and {{ day }} <= date '{{ later }}'
    {%- endfor %}
    {%- endif %};
    analyze pg_temp.touched_sessions
{%- endmacro %}


{% macro operational(table) -%}
    {{ return(graph.sources['source.wellness_journey.operational.' ~ table].relation_name) }}
{%- endmacro %}


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

    {#- The day is no part of what a table is, and a copied database has another name. -#}
    {%- set own = model.get('compiled_code') or model.checksum.checksum -%}
    {%- set definition = [own | replace(as_of(), '') | replace('"' ~ this.database ~ '".', '')] -%}
    {%- set days = [as_of_day()] if as_of() in own else [] -%}
    {#- Views and what reads nothing are never behind. -#}
    {%- set since = [] -%}
    {%- if model.depends_on.nodes and config.get('materialized') != 'view' -%}
        {%- do since.append(run_query(
            'select pg_snapshot_xmin(pg_current_snapshot())::text::bigint'
        ).columns[0].values()[0]) -%}
    {%- endif -%}
    {%- for column in model.columns.values() -%}
        {%- do definition.append(column.name ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
    {%- for table in found.values() -%}
        {%- do days.append(table[1]) if table[1] -%}
        {%- do definition.append(table[2]) -%}
        {%- do since.append(table[3]) if table[3] -%}
    {%- endfor -%}
    {%- for function in config.get('meta', {}).get('compared_with', []) -%}
        {#- One that is gone is compared with, too: every comparison then says so. -#}
        {%- do definition.append(run_query(
            "select coalesce(string_agg(pg_get_functiondef(oid), '' order by oid), 'gone')"
            ~ " from pg_proc where concat(pronamespace::regnamespace, '.', proname) = '"
            ~ function ~ "'"
        ).columns[0].values()[0]) -%}
    {%- endfor -%}
    {{ return({
        'as_of': days | first,
        'definition': local_md5(definition | join('\n')),
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


{#- Numbers of transactions mean something on one server only, and only while every change is noted:
    whoever turns a trigger off, even for a moment, changes its row in the catalogue. Null while one
    is off. -#}
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
        relation, run_id, as_of, definition, source_state, since_transaction
    )
    values (
        '{{ built_table() }}',
        '{{ invocation_id }}',
        {{ "date '" ~ next.as_of ~ "'" if next.as_of else 'null' }},
        '{{ next.definition }}',
        {{ "'" ~ next.source_state ~ "'" if next.source_state else 'null' }},
        {{ next.since_transaction or 'null' }}
    )
    on conflict (relation) do update
    set
        run_id = excluded.run_id,
        as_of = excluded.as_of,
        definition = excluded.definition,
        source_state = excluded.source_state,
        since_transaction = excluded.since_transaction
{%- endmacro %}


{#- And writes it itself. -#}
{% macro keeps_its_state() -%}
    {{ return(config.get('materialized') in ['by_session', 'whole']) }}
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
    set relation_oid = '{{ this }}'::regclass::oid::bigint
    where relation = '{{ built_table() }}'
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


{#- What every table has is no longer needed, and a deleted session's key not longer kept. The lock
    waits for whoever still builds: what it has not, nobody can see yet. -#}
{% macro forget_intake() %}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
    lock table quality.built_tables in share mode;
    delete from quality.built_tables where to_regclass(relation) is null;
    delete from intake.touched_sessions
    where transaction_id < (select min(since_transaction) from quality.built_tables);
    {%- endif -%}
{% endmacro %}
