{% macro as_of_day() -%}
    {%- set day = var('as_of', run_started_at.strftime('%Y-%m-%d')) | string -%}
    {%- if not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', day) -%}
        {{ exceptions.raise_compiler_error("The variable as_of is not a day: expected YYYY-MM-DD, such as 2026-01-31") }}
    {%- endif -%}
    {#- A day that no month has ends here, and not in the database. -#}
    {%- do modules.datetime.datetime.strptime(day, '%Y-%m-%d') -%}
    {{ return(day) }}
{%- endmacro %}


{% macro as_of() -%}
    date '{{ as_of_day() }}'
{%- endmacro %}
