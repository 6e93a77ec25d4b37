{#- Each reason of quarantine that more than one model gives, once: a branch of a `case`, in which the
    first reason that applies counts. -#}


{#- The first reasons of a row that belongs to a session, in the order in which they count. The four
    kinds of rows share them, before the reasons of their own. -#}
{% macro shared_quarantine_reasons(row, day, session='sessions') -%}
    {{ no_session_reasons(session) }}
            when
                coalesce({{ row }}.patient_id <> {{ session }}.patient_id, true)
                then 'other_patient'
            {{ no_day_reason(row ~ '.' ~ day) }}
            {{ after_as_of_reason(row ~ '.' ~ day) }}
{%- endmacro %}


{#- Of a row that belongs to a session. -#}
{% macro no_session_reasons(session='sessions') -%}
    when {{ session }}.session_id is null then 'no_session'
            when {{ session }}.quarantine_reason is not null then 'session_set_aside'
{%- endmacro %}


{% macro no_day_reason(day) -%}
    when {{ day }} is null then 'no_day'
{%- endmacro %}


{% macro after_as_of_reason(day) -%}
    when {{ day }} > {{ as_of() }} then 'after_as_of'
{%- endmacro %}


{% macro before_session_reason(day, first_day) -%}
    when {{ day }} < {{ first_day }} then 'before_session'
{%- endmacro %}


{#- Without a list, the type comes from a joined one, and is NULL where that lacks it. -#}
{% macro unknown_type_reason(type, known=none) -%}
    when
                {{ type }} is null
                {%- if known %}
                or {{ type }} not in ('{{ known | join("', '") }}')
                {%- endif %}
                then 'unknown_type'
{%- endmacro %}


{#- No score is NULL, and no fault. Of a clinic's own tables a score can have a fraction. -#}
{% macro score_out_of_range_reason(bounds) -%}
    when
                {%- for score, (lowest, highest) in bounds.items() %}
                {{ 'or ' if not loop.first }}{{ score }} not between {{ lowest }} and {{ highest }}
                {%- endfor %}
                then 'score_out_of_range'
            {{ no_whole_number_reason(bounds) }}
{%- endmacro %}
