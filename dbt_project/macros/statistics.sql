{% macro round_once(expression, decimals) -%}
    round(round({{ expression }}, 15), {{ decimals }})
{%- endmacro %}


{% macro withhold(expression, patients, remainders=[]) -%}
    case
        when
            {{ patients }} >= {{ var('min_cell') }}
            {%- for remainder in remainders %}
            and coalesce({{ remainder }}, {{ var('min_cell') }}) >= {{ var('min_cell') }}
            {%- endfor %}
            then {{ expression }}
    end
{%- endmacro %}


{% macro pulse_metrics(relation) -%}
    cross join lateral (
        values
        ('connection', {{ relation }}.connection_level::numeric),
        ('sleep', {{ relation }}.sleep_quality::numeric),
        ('mood', {{ relation }}.mood_level::numeric),
        ('energy', {{ relation }}.energy_level::numeric),
        ('composite', {{ relation }}.composite)
    ) as metrics (metric, score)
{%- endmacro %}


{% macro capped_percentage(done, expected) -%}
    round(least({{ done }}, {{ expected }}) * 100::numeric / nullif({{ expected }}, 0), 2)
{%- endmacro %}


{#- Two-sided 95 %: z is the 0.975 quantile of the standard normal distribution. -#}
{% macro share_columns(name, count, total) -%}
    {%- set z = '1.959964' -%}
    {{ round_once('100 * ' ~ count ~ '::numeric / nullif(' ~ total ~ ', 0)', 2) }}
        as {{ name }}_pct
    {%- for bound, sign in {'ci_lower': '-', 'ci_upper': '+'}.items() -%},
    {{ round_once(
        '100 * (' ~ count ~ ' + ' ~ z ~ ' * ' ~ z ~ ' / 2 ' ~ sign ~ ' ' ~ z ~ ' * sqrt('
        ~ count ~ '::numeric * (' ~ total ~ ' - ' ~ count ~ ') / nullif(' ~ total ~ ', 0) + '
        ~ z ~ ' * ' ~ z ~ ' / 4)) / (' ~ total ~ ' + ' ~ z ~ ' * ' ~ z ~ ')', 2
    ) }} as {{ name }}_{{ bound }}_pct
    {%- endfor %}
{%- endmacro %}


{% macro trend_columns(patients, remainders=[]) -%}
    {{ mean_columns(patients, remainders) }},
    {{ withhold('across_patients.patients', patients, remainders) }} is null as is_withheld
{%- endmacro %}


{% macro mean_columns(patients='across_patients.patients', remainders=[]) -%}
    {{ withhold('across_patients.patients', patients, remainders) }} as patients,
    {{ withhold(round_once('across_patients.mean', 4), patients, remainders) }} as mean,
    {{ withhold(round_once('across_patients.standard_deviation', 4), patients, remainders) }}
        as standard_deviation,
    {{ withhold(mean_bound('-'), patients, remainders) }} as ci_lower,
    {{ withhold(mean_bound('+'), patients, remainders) }} as ci_upper
{%- endmacro %}


{% macro mean_bound(sign) -%}
    {{ round_once(
        'across_patients.mean ' ~ sign ~ ' student_t.quantile_975'
        ~ ' * across_patients.standard_deviation / sqrt(across_patients.patients::numeric)', 4
    ) }}
{%- endmacro %}


{% macro student_t_lookup() -%}
    left join lateral (
        select ref_student_t.quantile_975
        from {{ ref('ref_student_t') }} as ref_student_t
        where ref_student_t.degrees_of_freedom <= across_patients.patients - 1
        order by ref_student_t.degrees_of_freedom desc
        limit 1
    ) as student_t on true
{%- endmacro %}
