{% macro in_cross_check_sample(session_id) -%}
    ('x' || substr(md5({{ session_id }}::text), 1, 8))::bit(32)::bigint % 100
    < {{ var('cross_check_percent') }}
{%- endmacro %}


{% macro cross_check_outcome(is_comparable, answer, oracle) -%}
    case
        when not {{ is_comparable }} then 'not_comparable'
        when {{ answer }} is null or {{ oracle }} is null then 'missing'
        when {{ oracle }} ? 'sqlstate' then 'oracle_error'
        when {{ oracle }} = {{ answer }} then 'match'
        else 'differs'
    end
{%- endmacro %}
