{% macro one_per_patient(windows, columns) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by patient_id, {{ columns | join(', ') }}
                order by is_eligible desc, session_date asc, session_id asc
            ) as place
        from {{ windows }}
        where is_eligible or score is not null
    ) as ranked
    where place = 1
{%- endmacro %}
