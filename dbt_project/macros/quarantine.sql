{#- The first reasons of a row that belongs to a session, in the order in which they count. The three
    kinds of rows share them; in a `case`, before the reasons of their own. -#}
{% macro shared_quarantine_reasons(row, day, session='sessions') -%}
    when {{ session }}.session_id is null then 'no_session'
            when {{ session }}.quarantine_reason is not null then 'session_set_aside'
            when
                coalesce({{ row }}.patient_id <> {{ session }}.patient_id, true)
                then 'other_patient'
            when {{ row }}.{{ day }} is null then 'no_day'
            when {{ row }}.{{ day }} > {{ as_of() }} then 'after_as_of'
{%- endmacro %}
