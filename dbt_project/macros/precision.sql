{#- Figures are published in steps that follow the number of patients, by ref_published_precision, and
    in no model but the last: everything before is exact. All figures of a row are rounded together, or
    the finest would give the others back. -#}


{#- The steps for so many patients; for nobody those for the fewest. -#}
{% macro precision_lookup(patients, steps='steps') -%}
    left join lateral (
        select ref_published_precision.*
        from {{ ref('ref_published_precision') }} as ref_published_precision
        where ref_published_precision.from_patients <= greatest(coalesce({{ patients }}, 1), 1)
        order by ref_published_precision.from_patients desc
        limit 1
    ) as {{ steps }} on true
{%- endmacro %}


{#- To the nearest step, but what may be shown is never shown as fewer than that. -#}
{% macro published_count(count, steps='steps') -%}
    {%- set nearest = steps ~ '.count_step * ' ~ quotient(
        count ~ ' + ' ~ quotient(steps ~ '.count_step', 2), steps ~ '.count_step'
    ) -%}
    {%- set least = [var('min_cell') | int, 1] | max -%}
    case
        when {{ count }} >= {{ least }} then greatest({{ nearest }}, {{ least }})
        else {{ nearest }}
    end
{%- endmacro %}


{#- Near an end of the scale a mean would tell how few gave another answer: from `end_margin` on it
    is shown as that far from it. -#}
{% macro published_mean(mean, steps='steps', ends=none) -%}
    {%- set nearest = in_steps(mean, steps ~ '.mean_step') -%}
    {%- if ends -%}
    case
        when {{ mean }} < {{ ends[0] }} + {{ steps }}.end_margin
            then {{ ends[0] }} + {{ steps }}.end_margin
        when {{ mean }} > {{ ends[1] }} - {{ steps }}.end_margin
            then {{ ends[1] }} - {{ steps }}.end_margin
        else {{ nearest }}
    end
    {%- else -%}
    {{ nearest }}
    {%- endif -%}
{%- endmacro %}


{#- To the step above, and at least `least_deviation`: a smaller one would tell how few gave another
    answer than all others. So an interval made of it is rather too wide. -#}
{% macro published_deviation(deviation, steps='steps') -%}
    case
        when {{ deviation }} < {{ steps }}.least_deviation then {{ steps }}.least_deviation
        else {{ in_steps(deviation, steps ~ '.deviation_step', 'ceil') }}
    end
{%- endmacro %}


{#- To the step outside: `margin` on one side of what is shown as the mean. -#}
{% macro published_bound(mean, sign, margin, step) -%}
    {{ in_steps(mean ~ ' ' ~ sign ~ ' ' ~ margin, step, {'-': 'floor', '+': 'ceil'}[sign]) }}
{%- endmacro %}


{#- Patients, mean and deviation of a relation as they are published, and the 95 % interval (Student's
    t) that follows from them; with the quantile and the step, for what else follows. -#}
{% macro published_means(relation, columns, ends=none, with_step=false) -%}
    {%- set margin = 'student_t.quantile_975 * rounded.standard_deviation / sqrt('
        ~ real('nullif(rounded.patients, 0)') ~ ')' -%}
    select
        {%- for column in columns %}
        rounded.{{ column }},
        {%- endfor %}
        {%- if with_step %}
        rounded.mean_step,
        student_t.quantile_975,
        {%- endif %}
        rounded.patients,
        rounded.mean,
        rounded.standard_deviation,
        {{ published_bound('rounded.mean', '-', margin, 'rounded.mean_step') }} as ci_lower,
        {{ published_bound('rounded.mean', '+', margin, 'rounded.mean_step') }} as ci_upper
    from (
        select
            {%- for column in columns %}
            {{ relation }}.{{ column }},
            {%- endfor %}
            {{ published_count(relation ~ '.patients') }} as patients,
            {{ published_mean(relation ~ '.mean', 'steps', ends) }} as mean,
            {{ published_deviation(relation ~ '.standard_deviation') }} as standard_deviation,
            steps.mean_step
        from {{ relation }}
        {{ precision_lookup(relation ~ '.patients') }}
    ) as rounded
    {{ student_t_lookup('rounded') }}
{%- endmacro %}


{#- Two-sided 95 %: z is the 0.975 quantile of the standard normal distribution. -#}
{% macro wilson_bound(share, total, sign, step) -%}
    {%- set z = '1.959964' -%}
    {{ in_steps(
        '100 * (' ~ share ~ ' + ' ~ z ~ ' * ' ~ z ~ ' / (2 * ' ~ total ~ ') ' ~ sign ~ ' ' ~ z
        ~ ' * sqrt(' ~ share ~ ' * (1 - ' ~ share ~ ') / ' ~ total ~ ' + ' ~ z ~ ' * ' ~ z
        ~ ' / (4 * ' ~ total ~ ' * ' ~ total ~ '))) / (1 + ' ~ z ~ ' * ' ~ z ~ ' / ' ~ total ~ ')',
        step, {'-': 'floor', '+': 'ceil'}[sign]
    ) }}
{%- endmacro %}


{#- Of the counts as they are shown: that of the exact ones would give these back. -#}
{% macro published_pct(count, total, steps='steps') -%}
    {{ in_steps(
        ratio(
            '100 * ' ~ published_count(count, steps),
            'nullif(' ~ published_count(total, steps) ~ ', 0)'
        ),
        steps ~ '.share_step_pct'
    ) }}
{%- endmacro %}


{#- The interval is Wilson's, of the share and the number as they are shown. -#}
{% macro published_share(name, count, total, steps='steps') -%}
    {%- set share = published_pct(count, total, steps) -%}
    {%- set shown_total = real('nullif(' ~ published_count(total, steps) ~ ', 0)') -%}
    {{ share }} as {{ name }}_pct
    {%- for bound, sign in {'ci_lower': '-', 'ci_upper': '+'}.items() -%},
    {{ wilson_bound('0.01 * ' ~ share, shown_total, sign, steps ~ '.share_step_pct') }}
        as {{ name }}_{{ bound }}_pct
    {%- endfor %}
{%- endmacro %}
