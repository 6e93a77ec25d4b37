{#- What PostgreSQL, DuckDB and Spark write differently, one macro each, for PostgreSQL only so far. A
    model calls these and never asks for the engine; tests/tools/portable_sql.py refuses the other
    spellings. -#}


{#- Cut off towards 0. Elsewhere `/` of two integers is a fraction. -#}
{% macro quotient(dividend, divisor) -%}
    (({{ dividend }}) / ({{ divisor }}))
{%- endmacro %}


{#- Exact, of any number of digits. Elsewhere a bare `numeric` can have no decimals at all. -#}
{% macro real(expression) -%}
    {{ expression }}::numeric
{%- endmacro %}


{#- The nearest binary fraction. Sums, differences, products, quotients and square roots of such numbers
    are the same on every machine and in Python. Powers and logarithms are not: they are taken of exact
    numbers, before. -#}
{% macro double(expression) -%}
    {{ expression }}::double precision
{%- endmacro %}


{#- Of binary fractions. -#}
{% macro double_ratio(dividend, divisor) -%}
    ({{ dividend }}) / ({{ divisor }})
{%- endmacro %}


{#- An exact fraction. -#}
{% macro ratio(dividend, divisor) -%}
    {{ real('(' ~ dividend ~ ')') }} / {{ divisor }}
{%- endmacro %}


{#- Before an exact total is divided: no third must be cut off where it could still be seen. -#}
{% macro wide(expression) -%}
    {{ expression }}::numeric(60, 30)
{%- endmacro %}


{#- The first rounding, far below the last digit, mends thirds that were cut off just under a half. -#}
{% macro round_once(expression, decimals) -%}
    round(round({{ expression }}, 15), {{ decimals }})
{%- endmacro %}


{#- PostgreSQL adds up 64-bit integers in a wider type by itself; others overflow. -#}
{% macro whole_sum(expression) -%}
    sum({{ expression }})
{%- endmacro %}


{% macro days_between(later, earlier) -%}
    ({{ later }} - {{ earlier }})
{%- endmacro %}


{% macro days_after(day, days) -%}
    ({{ day }} + {{ days }})
{%- endmacro %}


{#- A date and a timestamptz both have an epoch; a cast would follow the session's time zone. -#}
{% macro utc_day(column) -%}
    case
        when isfinite({{ column }})
            then date '1970-01-01' + floor(extract(epoch from {{ column }}) / 86400)::integer
    end
{%- endmacro %}


{#- In a from clause; lateral where a bound is a column of another table there. -#}
{% macro numbers(first, last) -%}
    generate_series({{ first }}, {{ last }})
{%- endmacro %}


{#- In a from clause: one row per value, in a single column. -#}
{% macro constants(values) -%}
    (
        values
        {%- for value in values %}
        ({{ "'" ~ value ~ "'" if value is string else value | lower }}){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}


{#- After `cross join`: for each row of the tables before one per key, with its own expressions. -#}
{% macro rows_of(key, rows) -%}
    lateral (
        {%- for value, columns in rows.items() %}
        select
            '{{ value }}' as {{ key }}
            {%- for column, expression in columns.items() %},
            {{ expression }} as {{ column }}
            {%- endfor %}
        {{- '
        union all' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}


{#- The order is that of the bytes, whatever the database's collation. -#}
{% macro bytewise(text) -%}
    {{ text }} collate "C"
{%- endmacro %}


{#- The type that the contracts of the marts name `character varying`. -#}
{% macro plain_text(expression) -%}
    {{ expression }}::varchar
{%- endmacro %}


{#- How many rows a source table has, also those that row-level security hides from the pipeline. An engine
    without it counts them in a subquery. -#}
{% macro all_rows(source_table) -%}
    intake.count_rows('{{ source_table.identifier }}')
{%- endmacro %}


{#- How many of the columns are not null. -#}
{% macro number_present(columns) -%}
    {%- for column in columns %}
    {{ '+ ' if not loop.first }}case when {{ column }} is not null then 1 else 0 end
    {%- endfor %}
{%- endmacro %}


{#- Lists of one value per row of a group, in an order; and their members, from 1. -#}
{% macro list_of(expression, order) -%}
    array_agg({{ expression }} order by {{ order }})
{%- endmacro %}


{% macro member(list, place) -%}
    ({{ list }})[{{ place }}]
{%- endmacro %}


{#- In a from clause: goes through the lists of each row of a relation, one place a step, and gives one
    row per step with the state after it. `first` is the state after the first place, in expressions of
    the relation's columns. `stages` make the next state from these columns, from `step` (the place, from
    1) and from the state before, whose columns are named was_...; a stage can use what earlier stages
    named. The relation is joined with the last step's rows only, and PostgreSQL hashes it once.
    `offset 0` has it compute each stage once, and not wherever it is named. -#}
{% macro fold(relation, key, members, first, stages) -%}
    (
        with recursive folded as (
            select
                {{ key }},
                1 as step
                {%- for column, expression in first.items() %},
                {{ expression }} as {{ column }}
                {%- endfor %}
            from {{ relation }}
            union all
            select
                {{ key }},
                step,
                {{ first | join(', ') }}
            from
                {%- for stage in stages | reverse %}
                (select
                    *
                    {%- for column, expression in stage.items() %},
                    {{ expression }} as {{ column }}
                    {%- endfor %}
                from
                {%- endfor %}
                (select
                    {{ relation }}.*,
                    folded.step + 1 as step
                    {%- for column in first %},
                    folded.{{ column }} as was_{{ column }}
                    {%- endfor %}
                from folded
                inner join {{ relation }} on folded.{{ key }} = {{ relation }}.{{ key }}
                where folded.step < {{ relation }}.{{ members }}
                offset 0) as stage_0
                {%- for stage in stages %}
                {{- ' offset 0' if not loop.first }}) as stage_{{ loop.index }}
                {%- endfor %}
        )
        select * from folded
    )
{%- endmacro %}


{#- After `as`: a CTE that is read more than once, and computed each time, because kept it would be
    written to disk. Only PostgreSQL keeps one unasked. -#}
{% macro not_kept() -%}
    not materialized
{%- endmacro %}
