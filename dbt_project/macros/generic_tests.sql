{#- Each returns the rows that break the rule, so that a failure counts rows. -#}

{% test unique_key(model, columns, column_name=none) %}
    select broken.*
    from (
        select
            {{ columns | join(', ') }},
            count(*) over (partition by {{ columns | join(', ') }}) as copies
        from {{ model }}
    ) as broken
    where broken.copies > 1
{% endtest %}


{#- Of a clinic's own tables the columns that they have. -#}
{% test never_null(model, columns) %}
    select 1
    from {{ model }}
    where num_nulls({{ (delivered(model, each_of_all(columns)) or ['0']) | join(', ') }}) > 0
{% endtest %}


{#- Columns with their lowest and highest value, or null where there is no bound. NULL passes. -#}
{% test in_ranges(model, ranges) %}
    select 1
    from {{ model }}
    where
        false
        {%- for column, (lowest, highest) in each_of_all(ranges).items() %}
        {%- if lowest is not none %}
        or {{ column }} < {{ lowest }}
        {%- endif %}
        {%- if highest is not none %}
        or {{ column }} > {{ highest }}
        {%- endif %}
        {%- endfor %}
{% endtest %}


{% test answers_on_their_scales(model) %}
    select 1
    from {{ model }}
    where
        false
        {%- for question in var('questions') %}
        or {{ question.column }} not between {{ question.lowest }} and {{ question.highest }}
        {%- endfor %}
{% endtest %}


{% test scores_in_their_ranges(model, instruments) %}
    select 1
    from {{ model }} as rows
    inner join {{ instruments }} as instruments
        on false
        {%- for instrument, score in score_columns().items() %}
        or instruments.instrument = '{{ instrument }}'
        and rows.{{ score }} not between instruments.lowest_score and instruments.highest_score
        {%- endfor %}
{% endtest %}


{#- Columns with their closed vocabularies. NULL passes. -#}
{% test in_sets(model, sets) %}
    select 1
    from {{ model }}
    where
        false
        {%- for column, values in sets.items() %}
        or {{ column }}::text not in ('{{ each_of_all(values) | join("', '") }}')
        {%- endfor %}
{% endtest %}


{#- Columns that have one value in all rows of a cell: all groups are withheld, or none. -#}
{% test same_within(model, columns, cell) %}
    select 1
    from {{ model }}
    group by {{ cell | join(', ') }}
    having
        false
        {%- for column in columns %}
        or count(distinct {{ column }}) > 1
        {%- endfor %}
{% endtest %}


{% test of_known_groups(model) %}
    select 1
    from {{ model }}
    where
        patient_group not in (
            select known.patient_group
            from {{ patient_group_rows() }} as known (patient_group)
        )
{% endtest %}


{#- Keys whose version or variant RFC 9562 does not know. NULL passes. -#}
{% test known_uuids(model, columns) %}
    select 1
    from {{ model }}
    where
        false
        {%- for column in columns %}
        or {{ column }}::text !~ '^.{14}[1-8].{4}[89ab]'
        {%- endfor %}
{% endtest %}


{#- Values of a closed list that no row has: a missing row fails no test of the rows. -#}
{% test lists_all(model, column, values) %}
    select listed.entry
    from {{ constants(each_of_all(values)) }} as listed (entry)
    left join {{ model }} as found on listed.entry = found.{{ column }}
    where found.{{ column }} is null
{% endtest %}


{#- Rows that are not as they were recorded, by key. A column that is not recorded is NULL, and a text is
    recorded by its MD5. A key that is not recorded passes. -#}
{% test as_recorded(model, key, columns, rows) %}
    select 1
    from {{ model }}
    where
        false
        {%- for row, recorded in rows.items() %}
        {%- for column in columns %}
        {%- set value = recorded.get(column) %}
        or {{ key }} = '{{ row }}'
        {%- if value is none %}
        and {{ column }} is not null
        {%- elif value is string %}
        and md5({{ column }}) is distinct from '{{ value }}'
        {%- else %}
        and {{ column }} is distinct from {{ value }}
        {%- endif %}
        {%- endfor %}
        {%- endfor %}
{% endtest %}


{#- Keys for which the model has fewer rows than its spine: `of`, in which `rows` of them are due. Rows that
    are there too often, or of nobody, are found by other tests. -#}
{% test complete(model, of, key='session_id', rows='count(*)', counts='count(*)', of_each=none) %}
    select counted.key
    from (
        select
            {{ key }} as key,
            ({{ with_each(rows, of_each, ' + ') }})::numeric as rows
        from {{ of }} as spine
        group by {{ key }}
        union all
        select
            {{ key }} as key,
            -({{ counts }})::numeric as rows
        from {{ model }} as built
        group by {{ key }}
    ) as counted
    group by counted.key
    having sum(counted.rows) > 0
{% endtest %}


{% test has_rows(model, rows) %}
    select count(*)
    from {{ model }}
    having count(*) < {{ rows }}
{% endtest %}


{#- A cross-check that compared fewer sessions than were due when it was built. -#}
{% test compares_all_due(model) %}
    select 1
    from quality.built_tables
    where
        relation = '{{ model.schema }}.{{ model.identifier }}'
        and due_keys > compared_keys
{% endtest %}


{#- Of the whole list: one row with the checksum that is there, where it is another one. -#}
{% test as_released(model, columns, checksum) %}
    select md5(string_agg(cast(listed as text), ',' order by cast(listed as text) collate "C"))
        as checksum
    from (
        select {{ columns | join(', ') }}
        from {{ model }}
        {%- if 'instrument' in columns and var('instruments') != var('default_instruments') %}
        {#- A clinic adds instruments of its own. -#}
        {%- set known = var('default_instruments') | map(attribute='name') | join("', '") %}
        where coalesce(instrument in ('{{ known }}'), true)
        {%- endif %}
    ) as listed
    having
        md5(string_agg(cast(listed as text), ',' order by cast(listed as text) collate "C"))
        is distinct from '{{ checksum }}'
{% endtest %}


{#- Tolerated is the share of rows in percent that may break it. -#}
{#- `of_texts` is part of the condition where the texts are: no copy of a clinic's rows has any. A
    table without one of the columns `needs` passes. -#}
{% test holds(
    model, condition, tolerated_pct=0, column_name=none, of_texts=none, needs=[], of_each=none
) %}
    {%- set condition = with_each(condition, of_each, ' and ') -%}
    {%- set condition = '(' ~ condition ~ ') and (' ~ of_texts ~ ')'
        if of_texts and not is_copy(model) else condition -%}
    select 1
    from {{ model }}
    where
        not coalesce({{ condition }}, false)
        {%- if delivered(model, needs) | length < needs | length %}
        and false
        {%- endif %}
        {%- if tolerated_pct %}
        and (
            select 100 * count(*) filter (where not coalesce({{ condition }}, false))
            > {{ tolerated_pct }} * count(*)
            from {{ model }}
        )
        {%- endif %}
{% endtest %}


{#- Rows that name another person than the parent that they point to. -#}
{% test same_as_parent(model, columns, parent, key) %}
    select 1
    from {{ model }} as child
    inner join {{ parent }} as parent on child.{{ key }} = parent.{{ key }}
    where
        {%- for column in columns %}
        {{ 'or ' if not loop.first }}child.{{ column }} <> parent.{{ column }}
        {%- endfor %}
{% endtest %}


{% test raw_is_used_plus_quarantined(model) %}
    select source_table
    from {{ model }}
    group by source_table
    having
        sum(rows) filter (where outcome = 'raw')
        is distinct from coalesce(sum(rows) filter (where outcome <> 'raw'), 0)
{% endtest %}
