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


{% test in_range(model, column_name, lowest, highest, or_null=false) %}
    select {{ column_name }}
    from {{ model }}
    where
        {{ column_name }} not between {{ lowest }} and {{ highest }}
        {%- if not or_null %}
        or {{ column_name }} is null
        {%- endif %}
{% endtest %}


{% test in_set(model, column_name, values, or_null=false) %}
    select {{ column_name }}
    from {{ model }}
    where
        {{ column_name }} not in ('{{ values | join("', '") }}')
        {%- if not or_null %}
        or {{ column_name }} is null
        {%- endif %}
{% endtest %}


{% test holds(model, condition, column_name=none) %}
    select 1
    from {{ model }}
    where not coalesce({{ condition }}, false)
{% endtest %}


{% test raw_is_used_plus_quarantined(model) %}
    select source_table
    from {{ model }}
    group by source_table
    having
        sum(rows) filter (where outcome = 'raw')
        is distinct from coalesce(sum(rows) filter (where outcome <> 'raw'), 0)
{% endtest %}
