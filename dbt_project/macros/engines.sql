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


{#- After `as`: a CTE that is read more than once, and computed each time, because kept it would be
    written to disk. Only PostgreSQL keeps one unasked. -#}
{% macro not_kept() -%}
    not materialized
{%- endmacro %}
