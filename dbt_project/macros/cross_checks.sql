{% macro in_cross_check_sample(session_id) -%}
    ('x' || substr(md5({{ session_id }}::text), 1, 8))::bit(32)::bigint % 100
    < {{ var('cross_check_percent') }}
{%- endmacro %}


{#- Each session of the sample, and whether a function and a mart can answer alike: the functions know
    no as_of and no quarantine, so a session with a row that is set aside cannot be compared. -#}
{% macro sessions_to_compare(sessions, rows) -%}
    select
        sessions.session_id,
        sessions.quarantine_reason is null and set_aside.session_id is null as is_comparable
    from {{ sessions }} as sessions
    left join (
        {%- for relation in rows %}
        select distinct session_id
        from {{ relation }}
        where
            quarantine_reason is not null
            and {{ is_touched('session_id') }}
        {{- '
        union' if not loop.last }}
        {%- endfor %}
    ) as set_aside on sessions.session_id = set_aside.session_id
    where
        {{ in_cross_check_sample('sessions.session_id') }}
        and {{ is_touched('sessions.session_id') }}
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


{#- What a mart has of each session as one list, beside what a function of clinics answers. -#}
{% macro lists_compared(sessions, marts, function) -%}
    select
        coalesce(answered.session_id, {{ marts }}.session_id) as session_id,
        {{ cross_check_outcome(
            'coalesce(answered.is_comparable, true)',
            'coalesce(' ~ marts ~ ".answer, '[]')",
            'answered.oracle'
        ) }} as outcome
    from (
        select
            session_id,
            is_comparable,
            case when is_comparable then quality.oracle('{{ function }}', session_id) end as oracle
        from {{ sessions }}
    ) as answered
    full outer join {{ marts }} on answered.session_id = {{ marts }}.session_id
{%- endmacro %}
