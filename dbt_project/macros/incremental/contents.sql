{#-
1. What a table holds is recorded when it is built (`quality.built_contents`): for each bucket of its
   keys the number of rows, and the sum of a 64-bit hash of each row. A build of touched keys subtracts
   their old rows and adds their new ones. A table that is built whole is one bucket.
2. Before the next build every bucket's number of rows is compared, and the checksum of as many buckets
   as hold 50,000 rows: of a small table all, of a large one at least one of the 32, in turn.
3. A table that holds something else is built whole, and so is all that is built from it. Rule BT-001
   reports it.
4. A table without a record is built whole. It is not reported.
5. Hashes of another server are not compared: the table is built whole there anyway.
-#}
{% macro compare_contents(table, last, next) -%}
    {%- do next.update({'next_bucket': 0, 'is_mended': false, 'is_unrecorded': false}) -%}
    {%- if not last -%}
        {%- do next.update({'is_mended': was_replaced(next)}) -%}
    {%- elif last.source_state and last.source_state == next.source_state -%}
        {%- set found = run_query(comparison(table)).rows[0] -%}
        {%- do next.update({'next_bucket': found[1], 'is_mended': found[2]}) -%}
        {#- The record is missing in a database of an earlier version, or after it was deleted. Then
            the rows cannot be trusted. -#}
        {%- do next.update({'is_unrecorded': true}) if not found[0] -%}
    {%- endif -%}
{%- endmacro %}


{#- Whether anything was recorded, the bucket with which the next comparison begins, and whether the
    table holds something else. A database of an earlier version has no record. -#}
{% macro comparison(table) -%}
    with recorded as (
        select
            bucket,
            rows,
            checksum
        from quality.built_contents
        where relation = '{{ built_table() }}'
    ),

    due as (
        select
            next_bucket,
            least(32, 1 + 32 * 50000 / greatest(1, (select sum(rows) from recorded))::bigint) as buckets
        from quality.built_tables
        where relation = '{{ built_table() }}'
    ),

    held as (
        select
            {{ bucket() }} as bucket,
            count(*) as rows,
            sum({{ row_hash() }}) filter (where {{ is_due(bucket()) }}) as checksum
        from {{ table }} as held
        cross join due
        group by 1
    )

    select
        exists (select from recorded),
        (select (next_bucket + buckets) % 32 from due),
        exists (select from recorded) and exists (
            select
            from recorded
            full join held on recorded.bucket = held.bucket
            cross join due
            where
                coalesce(recorded.rows, 0) <> coalesce(held.rows, 0)
                or ({{ is_due('recorded.bucket') }} and recorded.checksum <> coalesce(held.checksum, 0))
        )
{%- endmacro %}


{% macro is_due(bucket) -%}
    ({{ bucket }} - due.next_bucket + 32) % 32 < due.buckets
{%- endmacro %}


{#- No setting of the server changes a hash, as it would change a row's text. -#}
{% macro row_hash() -%}
    hash_record_extended(held, 0)::numeric
{%- endmacro %}


{#- A table that reads nothing is by no key: it never changes. -#}
{% macro is_kept_in_buckets() -%}
    {{ return(config.get('materialized') == 'by_key' and model.depends_on.nodes | length > 0) }}
{%- endmacro %}


{% macro bucket() -%}
    {%- if is_kept_in_buckets() -%}
        {{ bucket_of('held.' ~ touched_key()) }}
    {%- else -%}
        0
    {%- endif -%}
{%- endmacro %}


{% macro bucket_of(key) -%}
    (hash_record_extended(row({{ key }}), 0) & 31)::integer
{%- endmacro %}


{#- On this server the table was another one: it was dropped, or made by something else. -#}
{% macro was_replaced(next) -%}
    {{ return(run_query(
        "select exists (select from quality.built_tables"
        ~ " where relation = '" ~ built_table() ~ "' and relation_oid is not null"
        ~ " and replace(source_state::text, '-', '') = '" ~ next.source_state ~ "')"
    ).columns[0].values()[0]) }}
{%- endmacro %}


{% macro record_contents(table) -%}
    {%- do type_of_key(table) if is_kept_in_buckets() -%}
    delete from quality.built_contents where relation = '{{ built_table() }}';
    {{ add_contents(table, 1) }};
    {#- So that an empty table is told from one of which nothing was recorded. -#}
    insert into quality.built_contents (relation, bucket, rows, checksum)
    values ('{{ built_table() }}', 0, 0, 0)
    on conflict do nothing
{%- endmacro %}


{#- Adds so many times what `rows` hold: -1 subtracts it. -#}
{% macro add_contents(rows, times) -%}
    insert into quality.built_contents as built (relation, bucket, rows, checksum)
    select
        '{{ built_table() }}',
        {{ bucket() }},
        {{ times }} * count(*),
        {{ times }} * sum({{ row_hash() }})
    from {{ rows }} as held
    group by 2
    on conflict (relation, bucket) do update
    set
        rows = built.rows + excluded.rows,
        checksum = built.checksum + excluded.checksum
{%- endmacro %}


{#- A run of a few models may have built them from what the table held. -#}
{% macro announce_to_descendants() -%}
    {%- set below, relations, keys = {}, [], [] -%}
    {%- do find_descendants(model, below) -%}
    {%- for node in below.values() -%}
        {%- do relations.append(node.schema ~ '.' ~ node.alias) -%}
        {%- set key = node.config.meta.get('key') -%}
        {%- do keys.append(key) if key and key not in keys -%}
    {%- endfor -%}
    {#- Any note has tables without a key built. -#}
    {%- for key in keys or [built_table()] if below -%}
        {%- do run_query(
            "insert into intake.touched_keys (key_column, transaction_id)"
            ~ " select '" ~ key ~ "', max(since_transaction) from quality.built_tables"
            ~ " where relation in ('" ~ relations | join("', '") ~ "')"
            ~ " having max(since_transaction) is not null"
        ) -%}
    {%- endfor -%}
{%- endmacro %}


{% macro find_descendants(node, found) -%}
    {%- for reader in graph.nodes.values()
        if reader.resource_type == 'model'
        and node.unique_id in reader.depends_on.nodes
        and reader.unique_id not in found -%}
        {%- do found.update({reader.unique_id: reader}) -%}
        {%- do find_descendants(reader, found) -%}
    {%- endfor -%}
{%- endmacro %}
