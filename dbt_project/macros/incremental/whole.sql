{#- A table that is swapped for another is empty to a reader whose snapshot is older (a statement in
    repeatable read that waits for the swap), and whoever reads for long keeps the run waiting. So
    rows are replaced, and the table only where it is another: by definition, or on demand. Nothing
    is done where no session changed and no day moved since. -#}
{% materialization whole, adapter='postgres' %}
    {%- set table = this.incorporate(type='table') -%}
    {%- do refuse_hooks_without_transaction(pre_hooks + post_hooks) -%}
    {%- set next = next_state() -%}
    {%- set last = last_state() -%}
    {%- do compare_contents(table, last, next) -%}
    {%- if should_full_refresh() or not last or last.definition != next.definition -%}
        {{ return(built_whole(next)) }}
    {%- endif -%}
    {%- set is_kept = is_known_to_be_right(last, next)
        and last.as_of == next.as_of
        and not config.get('meta', {}).get('built_in_every_run')
        and not run_query(
            'select 1 from intake.touched_sessions where transaction_id >= '
            ~ last.since_transaction
            ~ ' union all select 1 from intake.touched_keys where transaction_id >= '
            ~ last.since_transaction ~ ' limit 1'
        ).rows -%}
    {%- do drop_leftovers(table) -%}
    {{ run_hooks(pre_hooks) }}
    {%- do run_query(record_state(next)) -%}
    {%- do announce_all() if not is_kept -%}
    {%- do announce_to_descendants() if next.is_mended or next.is_unrecorded -%}
    {%- do model.update({'records_contents': true}) if not is_kept -%}
    {% call statement('main') -%}
        {%- if is_kept %}
        select 'nothing new' where false
        {%- else %}
        delete from {{ table }};
        {{ insert_rows(table, sql) }}
        {%- endif %}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ return(kept(table)) }}
{% endmaterialization %}


{#- A killed run can leave its other table behind, with sessions that are gone since. -#}
{% macro drop_leftovers(table) %}
    {%- for leftover in [make_intermediate_relation(table), make_backup_relation(table, 'table')] -%}
        {{ drop_relation_if_exists(load_cached_relation(leftover)) }}
    {%- endfor -%}
{% endmacro %}
