{#- The triggers of migration 052 note sessions. Whatever is kept by another key must be told. -#}
{% macro noted_key() -%}
    {{ return('session_id') }}
{%- endmacro %}


{#- Makes pg_temp.touched: the keys that the table may lack, each with the latest transaction that
    touched it. Says whether these are all, some or none. -#}
{% macro find_touched_keys(table, last, next) -%}
    {%- if not model.depends_on.nodes -%} {{ return('none') }} {%- endif -%}
    {%- set day_moves = last.as_of != next.as_of -%}
    {%- if day_moves and (config.get('meta', {}).get('moves_with_as_of') or not knows_moved_keys()) -%}
        {{ return('all') }}
    {%- endif -%}
    {%- do run_query(touched_keys(type_of_key(table), last, next, day_moves)) -%}
    {%- set count = run_query(
        'select count(*), coalesce(bool_or(key is null), false) from pg_temp.touched'
    ).rows[0] -%}
    {{ return('all' if count[1] else 'some' if count[0] else 'none') }}
{%- endmacro %}


{% macro type_of_key(table) -%}
    {%- for name, type in columns_of(table) if name == touched_key() -%}
        {{ return(type) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error(
        built_table() ~ ' has no column ' ~ touched_key() ~ ', by which its meta.key says it is kept'
    ) }}
{%- endmacro %}


{% macro touched_keys(type, last, next, day_moves) -%}
    create temporary table touched on commit drop as
    select
        key,
        max(transaction_id) as transaction_id
    from (
        {%- if touched_key() == noted_key() %}
        select
            session_id as key,
            transaction_id
        from intake.touched_sessions
        where transaction_id >= {{ last.since_transaction }}
        union all
        {%- endif %}
        select
            key::{{ type }},
            transaction_id
        from intake.touched_keys
        where
            key_column = '{{ touched_key() }}'
            and transaction_id >= {{ last.since_transaction }}
        {%- if is_cross_check() %}
        union all
        select
            key,
            0 as transaction_id
        from ({{ keys_to_compare_again() }}) as again
        {%- endif %}
        {%- if day_moves and touched_key() in source_keys() %}
        union all
        select
            key,
            {{ lacked_by_readers() }} as transaction_id
        from ({{ moved_keys(last, next) }}) as moved
        {%- endif %}
    ) as found
    group by key;
    analyze pg_temp.touched
{%- endmacro %}


{#- A key is moved when one of its days lies between the reporting date that the table shows and the
    one that it is to show: of a row, or up to the day on which its sessions stop moving. -#}
{% macro moved_keys(last, next) -%}
    {%- set earlier, later = [last.as_of, next.as_of] | sort -%}
    select {{ touched_key() }} as key
    from {{ operational('log_sessions') }}
    where {{ utc_day('session_date') }} between
        date '{{ earlier }}' - {{ moves_until(model) - 1 }} and date '{{ later }}'
    {%- for table, day in {
        'log_pulse_checks': 'check_date',
        'log_integration_sessions': 'session_date',
        'log_behavioral_changes': 'change_date',
        'log_journey_ends': 'end_date',
    }.items() %}
    union
    select {{ touched_key() }}
    from {{ operational(table) }}
    where {{ day }} > date '{{ earlier }}' and {{ day }} <= date '{{ later }}'
    {%- endfor %}
{%- endmacro %}


{% macro source_keys() -%}
    {{ return(['session_id', 'patient_id', 'practitioner_id']) }}
{%- endmacro %}


{#- Whether the keys that the day moves are in the sources, or are announced by tables that move for
    as long. Else all of them are built. -#}
{% macro knows_moved_keys() -%}
    {%- if touched_key() in source_keys() -%} {{ return(true) }} {%- endif -%}
    {%- set short = [] -%}
    {%- for node in announcers(touched_key()) -%}
        {%- if node.config.materialized != 'by_key'
            or moves_until(node) is none
            or moves_until(node) < moves_until(model) -%}
            {%- do short.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(not short) }}
{%- endmacro %}


{#- The day after a session's own on which nothing of it moves with the reporting date any more; 0
    where nothing moves but the days of its rows. A model moves at least as long as what it reads.
    Worked out once a run: every model asks for all that it is built from. -#}
{% macro moves_until(node) -%}
    {%- set known = graph.setdefault('moves_until', {}) -%}
    {%- if node.unique_id not in known -%}
        {%- set days = [] -%}
        {%- do days.append(node.config.meta.moves_until) if 'moves_until' in node.config.meta -%}
        {%- for read in nodes_read(node) -%}
            {%- set its_days = moves_until(read) -%}
            {%- do days.append(its_days) if its_days is not none -%}
        {%- endfor -%}
        {%- do known.update({node.unique_id: days | max if days else none}) -%}
    {%- endif -%}
    {{ return(known[node.unique_id]) }}
{%- endmacro %}


{% macro refuse_unknown_days(next) -%}
    {%- set meta = config.get('meta', {}) -%}
    {%- if next.as_of and not meta.get('moves_with_as_of') and meta.get('moves_until') is none -%}
        {{ exceptions.raise_compiler_error(
            built_table() ~ ' moves with the reporting date and does not declare until when: set '
            ~ 'meta.moves_until to the day after the session on which it stops, or to 0'
        ) }}
    {%- endif -%}
{%- endmacro %}


{#- A change must be heard by every table that it can change: one that is kept by another key than
    what it reads hears of it from an announcement alone. -#}
{% macro refuse_unheard_key() -%}
    {%- set others = [] -%}
    {%- for node in nodes_read(model) -%}
        {%- if node.config.materialized == 'by_key' and node.config.meta.get('key') != touched_key() -%}
            {%- do others.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if model.depends_on.nodes
        and (others or touched_key() != noted_key())
        and not announcers(touched_key()) -%}
        {{ exceptions.raise_compiler_error(
            built_table() ~ ' is kept by ' ~ touched_key() ~ ', and no table that it reads announces '
            ~ touched_key() ~ ': add it to meta.announces of one that has the column'
        ) }}
    {%- endif -%}
{%- endmacro %}


{#- Of the tables that the model reads those that announce the key. -#}
{% macro announcers(key) -%}
    {%- set found = [] -%}
    {%- for node in nodes_read(model) -%}
        {%- do found.append(node) if key in node.config.meta.get('announces', []) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{% macro nodes_read(node) -%}
    {%- set found = [] -%}
    {%- for unique_id in node.depends_on.nodes if unique_id in graph.nodes -%}
        {%- do found.append(graph.nodes[unique_id]) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- Of the rows of touched keys, before they are deleted and after they are inserted. An announcement
    bears the transaction that touched the key first of all, as if a trigger had noted this key, too:
    it is heard once, and forgotten with that transaction. -#}
{% macro announce(table, touched, is_built=false) -%}
    {%- set changes_alone = config.get('meta', {}).get('announces_changes_alone') -%}
    {%- if touched == 'all' -%}
        {%- do announce_all() -%}
    {%- elif touched == 'some' and changes_alone and not is_built -%}
        {%- do run_query(rows_before(table)) -%}
    {%- elif touched == 'some' -%}
        {%- for column in config.get('meta', {}).get('announces', []) -%}
            {#- As JSON writes it: no setting of the server changes how a day is spelled. -#}
            {%- do run_query(
                "insert into intake.touched_keys (key_column, key, transaction_id)"
                ~ " select '" ~ column ~ "', to_jsonb(rows." ~ column ~ ") #>> '{}',"
                ~ " max(touched.transaction_id) from "
                ~ (changed_rows(table) if changes_alone else table) ~ " as rows"
                ~ " inner join pg_temp.touched on rows." ~ touched_key() ~ " = touched.key"
                ~ " group by 2"
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{#- A table that few changes reach says so: `announces_changes_alone`. Its readers must learn of all
    else by their own key. -#}
{% macro rows_before(table) -%}
    create temporary table rows_before on commit drop as
    {{ touched_rows(table) }}
{%- endmacro %}


{% macro changed_rows(table) -%}
    (
        (select * from pg_temp.rows_before except all {{ touched_rows(table) }})
        union all
        ({{ touched_rows(table) }} except all select * from pg_temp.rows_before)
    )
{%- endmacro %}


{% macro touched_rows(table) -%}
    (
        select * from {{ table }}
        where {{ touched_key() }} in (select touched.key from pg_temp.touched)
    )
{%- endmacro %}


{% macro announce_all() -%}
    {%- for column in config.get('meta', {}).get('announces', []) -%}
        {%- do run_query(
            "insert into intake.touched_keys (key_column, transaction_id)"
            ~ " values ('" ~ column ~ "', " ~ lacked_by_readers() ~ ")"
        ) -%}
    {%- endfor -%}
{%- endmacro %}


{#- What no transaction touched bears the highest watermark of the tables that read this one: all of
    these hear it, and none of them again once it is built. -#}
{% macro lacked_by_readers() -%}
    {%- set readers = [] -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and model.unique_id in node.depends_on.nodes -%}
        {%- do readers.append(node.schema ~ '.' ~ node.alias) -%}
    {%- endfor -%}
    (
        select coalesce(max(since_transaction), 0)
        from quality.built_tables
        where relation in ('{{ readers | join("', '") }}')
    )
{%- endmacro %}


{#- A note that every table has made up for is deleted, so that a deleted session's key is kept no
    longer. The lock waits for builds that are not committed: their watermarks cannot be seen yet. -#}
{% macro forget_intake() %}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
    lock table quality.built_tables in share mode;
    delete from quality.built_tables where to_regclass(relation) is null;
    delete from quality.built_contents where to_regclass(relation) is null;
    delete from intake.touched_sessions
    where transaction_id < (select min(since_transaction) from quality.built_tables);
    delete from intake.touched_keys
    where transaction_id < (select min(since_transaction) from quality.built_tables);
    {%- endif -%}
{% endmacro %}


{% macro operational(table) -%}
    {{ return(graph.sources['source.wellness_journey.operational.' ~ table].relation_name) }}
{%- endmacro %}
