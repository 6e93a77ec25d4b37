{#- What the names of rules and measures begin with: phq9 for PHQ-9. -#}
{% macro instrument_code(instrument) -%}
    lower(replace({{ instrument }}, '-', ''))
{%- endmacro %}


{#- An instrument has its score in a column of its own. -#}
{% macro score_columns() -%}
    {%- set columns = {} -%}
    {%- for instrument in var('instruments') -%}
        {%- do columns.update({instrument.name: instrument.column}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


{#- One row: the lowest and the highest value of each of these columns. -#}
{% macro score_bounds(instruments) -%}
    select
        {%- for instrument, score in score_columns().items() %}
        max(lowest_score) filter (where instrument = '{{ instrument }}') as lowest_{{ score }},
        max(highest_score) filter (where instrument = '{{ instrument }}') as highest_{{ score }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ instruments }}
{%- endmacro %}


{#- Each score of a row with its bounds in what `score_bounds` gives, for `score_out_of_range_reason`. -#}
{% macro bounds_of_scores(row, bounds) -%}
    {%- set found = {} -%}
    {%- for score in score_columns().values() -%}
        {%- do found.update({
            row ~ '.' ~ score: (bounds ~ '.lowest_' ~ score, bounds ~ '.highest_' ~ score)
        }) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- Each score of a row. -#}
{% macro whole_scores(row) -%}
    {%- for score in score_columns().values() -%}
        {{ whole(row ~ '.' ~ score) }} as {{ score }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- Those with a baseline and no score come last: with them the session of everybody else stays the same. -#}
{% macro one_per_patient(windows, columns, with_baselines=false) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by patient_id, {{ columns | join(', ') }}
                order by
                    is_eligible desc,
                    (is_eligible or score is not null) desc,
                    session_date asc,
                    session_id asc
            ) as place
        from {{ windows }}
        where
            is_eligible
            or score is not null
            {%- if with_baselines %}
            or baseline_score is not null
            {%- endif %}
    ) as ranked
    where place = 1
{%- endmacro %}


{#- A number of people with a baseline, less the groups shown beside it: groups of people, too. -#}
{% macro baselines_beside(baselines) -%}
    {%- set found = [] -%}
    {%- for group in ['shown_compared', 'eligible', 'eligible_observed', 'responders', 'remitted'] -%}
        {%- do found.append('nullif(' ~ baselines ~ ' - cells.' ~ group ~ ', 0)') -%}
    {%- endfor -%}
    {%- do found.append(
        'nullif(' ~ baselines
        ~ ' - cells.shown_compared - cells.eligible + cells.eligible_observed, 0)'
    ) -%}
    {{ return(found) }}
{%- endmacro %}


{#- The instruments without such a number: what needs it is not defined for them. -#}
{% macro without(instruments, number) -%}
    (select instrument from {{ instruments }} where {{ number }} is null)
{%- endmacro %}
