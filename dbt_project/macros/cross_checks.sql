{% macro is_cross_check() -%}
    {{ return(config.get('meta', {}).get('compared_with') is not none) }}
{%- endmacro %}


{#- Beside the touched sessions a bucket of all of them, each run the next one: what changed without a
    trigger, in a mart or in what a function reads, is compared within 32 runs. -#}
{% macro keys_to_compare_again() -%}
    select {{ touched_key() }} as key
    from {{ operational('log_sessions') }}
    where {{ bucket_of(touched_key()) }} = (
        select compared_bucket
        from quality.built_tables
        where relation = '{{ built_table() }}'
    )
{%- endmacro %}


{#- How many sessions this build must compare: none where the functions of clinics are not there. -#}
{% macro due_keys() -%}
    {%- if is_adopted() and not config.get('meta', {}).get('has_statement') -%}
        {{ return('0') }}
    {%- endif -%}
    (
        select count(*)
        from {{ operational('log_sessions') }}
        {%- if model.get('touched') in ['some', 'none'] %}
        where {{ touched_key() }} in (select touched.key from pg_temp.touched)
        {%- endif %}
    )
{%- endmacro %}


{#- Each session, and whether a function and a mart can answer alike: the functions know
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
    where {{ is_touched('sessions.session_id') }}
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
            {%- if is_adopted() %}
            null::jsonb as oracle
            {%- else %}
            case when is_comparable then quality.oracle('{{ function }}', session_id) end as oracle
            {%- endif %}
        from {{ sessions }}
    ) as answered
    full outer join {{ marts }} on answered.session_id = {{ marts }}.session_id
    {%- if is_adopted() %}
    where false
    {%- endif %}
{%- endmacro %}
