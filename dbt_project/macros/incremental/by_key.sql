{#-
1. A table is kept by a key, a column that the model names in `meta.key`: session, patient, cohort.
2. State: `quality.built_tables` says of each table what it shows: its definition, reporting date and
   watermark. Every transaction before the watermark is in the table.
3. Touched keys: triggers note each session that a transaction touches (`intake.touched_sessions`). A
   table of another key hears of it from a table that `announces` that key (`intake.touched_keys`).
4. The watermark is the oldest transaction that was open when the build began, and at most the
   watermark of every table it reads. So the next run makes up for whatever this one could not see.
5. With another definition, server, trigger or table, or with rows that no run built
   (`contents.sql`), the table is built whole.
6. Else one transaction records the state, finds the touched keys, announces, deletes their rows,
   inserts them anew, and announces again: a row may have moved from one patient to another.
7. The outermost insert is filtered by the key. A filter inside the model (`is_touched`) is for speed
   alone: without it the same rows come out, only later.
8. The model's text is rendered twice: with `is_touched` as `true`, and as the condition.
9. What moves with the reporting date is declared by the model: `meta.moves_until`.
10. Another engine builds every model as a table; `is_touched` is `true` there.
-#}
{% materialization by_key, adapter='postgres' %}
    {%- set table = this.incorporate(type='table') -%}
    {%- do refuse_hooks_without_transaction(pre_hooks + post_hooks) -%}
    {%- set next = next_state() -%}
    {%- do refuse_unknown_days(next) -%}
    {%- do refuse_unheard_key() -%}
    {%- set last = last_state() -%}
    {%- do compare_contents(table, last, next) -%}
    {%- if not is_known_to_be_right(last, next) -%}
        {{ return(built_whole(next)) }}
    {%- endif -%}

    {%- do drop_leftovers(table) -%}
    {{ run_hooks(pre_hooks) }}
    {%- do run_query(record_state(next)) -%}
    {%- set touched = find_touched_keys(table, last, next) -%}
    {%- do model.update({'touched': touched}) -%}
    {%- do announce(table, touched) -%}
    {%- do model.update({'records_contents': true}) if touched == 'all' -%}
    {%- do run_query(add_contents(touched_rows(table), -1)) if touched == 'some' -%}
    {% call statement('main') -%}
        {%- if touched == 'all' %}
        delete from {{ table }};
        {{ insert_rows(table, sql) }}
        {%- elif touched == 'some' %}
        delete from {{ table }}
        where {{ touched_key() }} in (select touched.key from pg_temp.touched);
        {{ insert_rows(table, rendered_for_touched()) }}
        where built.{{ touched_key() }} in (select touched.key from pg_temp.touched)
        {%- else %}
        select 'nothing new' where false
        {%- endif %}
    {%- endcall %}
    {%- do run_query(add_contents(touched_rows(table), 1)) if touched == 'some' -%}
    {%- do announce(table, touched, is_built=true) if touched == 'some' -%}
    {{ run_hooks(post_hooks) }}
    {{ return(kept(table)) }}
{% endmaterialization %}


{#- PostgreSQL pushes no semi-join into a view that begins with CTEs: `of_view` asks it for an array
    instead. It takes every array for a short one, so do not join what is asked for so. -#}
{% macro is_touched(column, of_view=false) -%}
    {%- set touched = '(select touched.key from pg_temp.touched)' -%}
    {%- if not model.get('for_touched') -%}
        true
    {%- elif of_view -%}
        {{ column }} = any(array{{ touched }})
    {%- else -%}
        {{ column }} in {{ touched }}
    {%- endif -%}
{%- endmacro %}


{% macro rendered_for_touched() -%}
    {%- do model.update({'for_touched': true}) -%}
    {{ return(render(model.raw_code)) }}
{%- endmacro %}


{% macro insert_rows(table, model_sql) -%}
    {%- set names = [] -%}
    {%- for name, type in columns_of(table) -%} {%- do names.append(adapter.quote(name)) -%} {%- endfor -%}
    {%- set columns = names | join(', ') -%}
    insert into {{ table }} ({{ columns }})
    select {{ columns }}
    from (
        {{ model_sql }}
    ) as built
{%- endmacro %}


{#- Names and types. The adapter's own macro asks `information_schema`, which joins a dozen tables, and
    dbt makes a whole context for it: every table is asked in every run. -#}
{% macro columns_of(table) -%}
    {{ return(run_query(
        "select attname::text, format_type(atttypid, atttypmod) from pg_attribute"
        ~ " where attrelid = '" ~ table ~ "'::regclass and attnum > 0 and not attisdropped"
        ~ " order by attnum"
    ).rows) }}
{%- endmacro %}


{#- The column by which the model's table is kept. -#}
{% macro touched_key() -%}
    {{ return(config.get('meta', {}).get('key')) }}
{%- endmacro %}


{#- As dbt builds a table. -#}
{% macro built_whole(next) -%}
    {%- do run_query(record_state(next)) -%}
    {%- do announce_all() -%}
    {%- do announce_to_descendants() if next.is_mended or next.is_unrecorded -%}
    {%- do model.update({'records_contents': true}) -%}
    {{ return(materialization_table_default()) }}
{%- endmacro %}


{#- For all keys that no later transaction touched. -#}
{% macro is_known_to_be_right(last, next) -%}
    {{ return(
        not should_full_refresh()
        and last
        and not next.is_mended
        and not next.is_unrecorded
        and last.definition == next.definition
        and last.source_state
        and last.source_state == next.source_state
    ) }}
{%- endmacro %}


{#- dbt commits before such a hook, and with it the watermark of a table that may fail afterwards. -#}
{% macro refuse_hooks_without_transaction(hooks) -%}
    {%- for hook in hooks if not hook.transaction -%}
        {{ exceptions.raise_compiler_error(
            built_table() ~ ' has the hook "' ~ hook.sql | replace('"', "'") | replace('\n', ' ')
            ~ '" with transaction: false, which would commit the watermark without the table: '
            ~ 'remove transaction: false'
        ) }}
    {%- endfor -%}
{%- endmacro %}


{% macro kept(table) -%}
    {%- do apply_grants(table, config.get('grants'), should_revoke=True) -%}
    {%- do persist_docs(table, model) -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [table]}) }}
{%- endmacro %}
