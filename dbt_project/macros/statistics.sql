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
    {%- set rows = {} -%}
    {%- for metric, column in pulse_columns().items() -%}
        {%- do rows.update({metric: {'score': real(relation ~ '.' ~ column)}}) -%}
    {%- endfor -%}
    cross join {{ rows_of('metric', rows) }} as metrics
{%- endmacro %}


{#- Columns are named for the default, a twelfth: of another list of questions the part is another. -#}
{% macro in_twelfths(score) -%}
    round({{ parts_of_a_point() }} * {{ score }})::integer
{%- endmacro %}


{#- In points again. -#}
{% macro mean_of_twelfths(total, number) -%}
    {{ ratio(total, 'nullif(' ~ parts_of_a_point() ~ ' * ' ~ number ~ ', 0)') }}
{%- endmacro %}


{% macro pulse_twelfths(relation) -%}
    {%- for metric, column in pulse_columns().items() %}
    {{ in_twelfths(relation ~ '.' ~ column) }} as {{ metric }}_twelfths,
    ({{ relation }}.{{ column }} is not null)::integer as {{ metric }}_days
    {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{% macro pulse_sums(relation) -%}
    {%- for metric in pulse_columns() %}
    sum({{ relation }}.{{ metric }}_twelfths) as {{ metric }}_twelfths,
    sum({{ relation }}.{{ metric }}_days) as {{ metric }}_days{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{% macro rows_of_metrics(relation, columns) -%}
    {%- set rows = {} -%}
    {%- for metric in pulse_columns() -%}
        {%- do rows.update({metric: {}}) -%}
        {%- for column in columns -%}
            {%- do rows[metric].update({column: relation ~ '.' ~ metric ~ '_' ~ column}) -%}
        {%- endfor -%}
    {%- endfor -%}
    cross join {{ rows_of('metric', rows) }} as metrics
{%- endmacro %}


{#- Most patients have one session, and nothing to be put together. -#}
{% macro sessions_of_patients(sessions) -%}
    select
        session_id,
        patient_id,
        count(*) over (partition by patient_id) = 1 as is_only_one
    from {{ sessions }}
{%- endmacro %}


{% macro pulse_groups(relations, columns) -%}
    {%- set days = [] -%}
    {%- for metric in pulse_columns() -%}
        {%- do days.append(metric ~ '_days') -%}
    {%- endfor -%}
    {%- for relation in relations %}
    select
        {{ (columns + days) | join(',\n        ') }},
        {%- for metric in pulse_columns() %}
        {{ whole_sum(metric ~ '_twelfths') }} as {{ metric }}_total,
        {{ whole_sum(for_products(metric ~ '_twelfths') ~ ' * ' ~ metric ~ '_twelfths') }} as {{ metric }}_squares,
        {%- endfor %}
        count(*) as patients
    from {{ relation }}
    group by
        {{ (columns + days) | join(',\n        ') }}
    {{- '
    union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#- Of the groups of `pulse_groups`: who answers a question, and has no composite. -#}
{% macro without_composite(relation) -%}
    {%- set days = [] -%}
    {%- for metric in pulse_columns() if metric != 'composite' -%}
        {%- do days.append(relation ~ '.' ~ metric ~ '_days') -%}
    {%- endfor -%}
    coalesce(sum({{ relation }}.patients) filter (
        where {{ relation }}.composite_days = 0 and {{ days | join(' + ') }} > 0
    ), 0)::integer as without_composite
{%- endmacro %}


{% macro pulse_parts(relation, columns) -%}
    select
        metrics.metric,
        metrics.days,
        {%- for column in columns %}
        {{ relation }}.{{ column }},
        {%- endfor %}
        {{ relation }}.patients,
        metrics.total,
        metrics.squares
    from {{ relation }}
    {{ rows_of_metrics(relation, ['days', 'total', 'squares']) }}
    where metrics.days > 0
{%- endmacro %}


{#- Patients, total, mean and standard deviation of the patients' means, from a relation with exact
    sums (patients, total, squares) of those whose mean is of `divisor` values each. Only here is
    divided, to more places than are ever shown; a square root of what that leaves of 0 is none. -#}
{% macro across_patients(relation, columns, divisor, unit) -%}
    {%- set mean_sum = 'sum(' ~ wide('total') ~ ' / ' ~ divisor ~ ')' -%}
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        sum(patients)::integer as patients,
        {{ whole_sum('total') }} as total,
        {{ mean_sum }} / ({{ unit }} * sum(patients)) as mean,
        sqrt(
            greatest(
                sum({{ wide('squares') }} / ({{ divisor }} * {{ divisor }}))
                - {{ mean_sum }} * {{ mean_sum }} / sum(patients),
                0
            ) / nullif(sum(patients) - 1, 0)
        ) / {{ unit }} as standard_deviation
    from {{ relation }}
    group by {{ columns | join(', ') }}
    having sum(patients) > 0
{%- endmacro %}


{% macro capped_percentage(done, expected) -%}
    round({{ ratio('least(' ~ done ~ ', ' ~ expected ~ ') * 100', 'nullif(' ~ expected ~ ', 0)') }}, 2)
{%- endmacro %}


{#- Of a relation with patients, mean and standard_deviation: as exact as nobody can see, and the same
    digits on every engine. -#}
{% macro mean_figures(relation) -%}
    {{ relation }}.patients,
    {{ round_once(relation ~ '.mean', 12) }} as mean,
    {{ round_once(relation ~ '.standard_deviation', 12) }} as standard_deviation
{%- endmacro %}


{#- To the nearest step, or to the one below (`floor`) or above (`ceil`). -#}
{% macro in_steps(expression, step, rounding='round') -%}
    {{ rounding }}(round({{ ratio(expression, step) }}, 15)) * {{ step }}
{%- endmacro %}


{#- All of it or nothing. -#}
{% macro withheld_figures(relation, patients, remainders=[]) -%}
    {%- for figure in ['patients', 'mean', 'standard_deviation'] %}
    {{ withhold(relation ~ '.' ~ figure, patients, remainders) }} as {{ figure }}
    {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#- Joins `student_t`, the quantile that an interval is made of. -#}
{% macro student_t_lookup(relation) -%}
    left join lateral (
        select ref_student_t.quantile_975
        from {{ ref('ref_student_t') }} as ref_student_t
        where ref_student_t.degrees_of_freedom <= {{ relation }}.patients - 1
        order by ref_student_t.degrees_of_freedom desc
        limit 1
    ) as student_t on true
{%- endmacro %}


{#- The share of days that were answered, in tenths from 1 to 10, as the simulated people of
    `ref_chance_by_week` have it. Of the due days; but of silence of the days up to the last pulse
    check, or everybody who stops would be taken for one who always answered little. -#}
{% macro answered_tenths(counts, rule) -%}
    greatest(
        least(
            round(
                {{ ratio(
                    '10 * ' ~ counts ~ '.pulse_checks_so_far',
                    'greatest(' ~ counts ~ '.due_pulse_checks - case ' ~ rule
                    ~ " when 'silence' then coalesce(" ~ counts
                    ~ '.days_since_last_pulse_check, 0) else 0 end, 1)'
                ) }}
            ), 10
        ), 1
    )::integer
{%- endmacro %}
