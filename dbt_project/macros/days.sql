{% macro as_of_day() -%}
    {%- set today = run_started_at.astimezone(modules.pytz.timezone(clinic_time_zone())) -%}
    {%- set day = var('as_of', today.strftime('%Y-%m-%d')) | string -%}
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


{#- Checked in every run, also where a day is given: a slip is told before the night on which it counts. -#}
{% macro clinic_time_zone() -%}
    {%- set zone = var('clinic_time_zone', 'UTC') | string -%}
    {%- if zone not in modules.pytz.all_timezones_set -%}
        {{ exceptions.raise_compiler_error(
            "The variable clinic_time_zone is no time zone: expected a name of the IANA list, such as America/Los_Angeles or UTC"
        ) }}
    {%- endif -%}
    {{ return(zone) }}
{%- endmacro %}
