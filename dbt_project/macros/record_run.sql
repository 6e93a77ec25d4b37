{#- Counts and names only: dbt's messages can hold values. -#}
{% macro record_run(results) %}
    {%- if execute and flags.WHICH in ('build', 'run', 'test', 'seed') -%}

    {%- set ran = ['pass', 'warn', 'fail'] -%}
    {%- set failed = results | selectattr('node.resource_type', 'in', ['model', 'seed'])
        | selectattr('status', 'in', ['error', 'skipped']) | list -%}
    {%- set built = results | selectattr('node.resource_type', 'equalto', 'model')
        | selectattr('status', 'equalto', 'success') | map(attribute='node.name') | list -%}
    {%- set checks = results
        | selectattr('node.resource_type', 'in', ['test', 'unit_test']) | list -%}

    {#- Rows that a test looked at, counted once a run for each table. -#}
    {%- set counts = {} -%}
    {%- for result in checks if result.node.resource_type == 'test' and result.status in ran -%}
        {%- do counts.update({tested_rows(result.node): none}) -%}
    {%- endfor -%}
    {%- for rows in counts -%}
        {%- set answer = run_query('select count(*) from ' ~ rows) -%}
        {%- do counts.update({rows: answer.columns[0].values()[0]}) -%}
    {%- endfor %}

    insert into quality.runs (run_id, command, as_of, started_at, finished_at, nodes_failed)
    values (
        '{{ invocation_id }}', '{{ flags.WHICH }}', date '{{ as_of_day() }}',
        '{{ run_started_at.isoformat() }}', now(), {{ failed | length }}
    );

    {%- if checks %}
    insert into quality.check_results (
        run_id, engine, check_name, rule_id, tested, status, checked, failing, query
    )
    values
        {%- for result in checks %}
            {%- set node = tested_node(result.node) -%}
            {#- A unit test checks one piece of logic, not rows. -#}
            {%- set checked = 1 if result.node.resource_type == 'unit_test'
                else counts.get(tested_rows(result.node)) -%}
            {%- set status = result.status | string -%}
            {%- if status in ran %}
    (
        '{{ invocation_id }}', 'dbt', '{{ result.node.name }}', '{{ rule_of(result.node) }}',
        '{{ node.name }}', '{{ 'not_applicable' if checked == 0 and not result.failures else status }}',
        {{ 'null' if checked is none else checked }}, {{ result.failures or 0 }},
        {{ failing_query(result.node) if status != 'pass' else 'null' }}
    )
            {%- else %}
    (
        '{{ invocation_id }}', 'dbt', '{{ result.node.name }}', '{{ rule_of(result.node) }}',
        '{{ node.name }}', '{{ status }}', null, null, null
    )
            {%- endif -%}
            {{ ',' if not loop.last }}
        {%- endfor %};
    {%- endif %}

    {%- if built %}
    insert into quality.check_results (
        run_id, engine, check_name, rule_id, tested, status, checked, failing, query
    )
    {{ mended_tables() }};
    {%- endif %}

    {#- Only what this invocation compared: the table keeps what earlier ones did. Rows and the table's
        state were written by one transaction. -#}
    {%- for model, mart in cross_checked_marts().items() if model in built %}
    insert into quality.cross_checks (run_id, mart, outcome, rows)
    {%- set node = graph.nodes['model.wellness_journey.' ~ model] %}
    select '{{ invocation_id }}', '{{ mart }}', outcome, count(*)
    from {{ node.relation_name }} as compared
    where compared.xmin = (
        select built.xmin
        from quality.built_tables as built
        where built.relation = '{{ node.schema ~ '.' ~ node.alias }}'
    )
    group by outcome;
    {%- endfor %}
    {%- if 'cross_check_source_rows' in built %}
    insert into quality.source_rows (run_id, source_table, outcome, rows)
    select '{{ invocation_id }}', source_table, outcome, rows
    from {{ graph.nodes['model.wellness_journey.cross_check_source_rows'].relation_name }};
    {%- endif %}

    {%- endif -%}
{% endmacro %}


{#- One result for each table that held other rows than were built; without one, a single pass. -#}
{% macro mended_tables() %}
    {%- set check = 'bt_001_a_table_holds_what_was_built_into_it' -%}
    with tables as (
        select
            relation,
            mended_by is not distinct from run_id as is_mended
        from quality.built_tables
        where run_id = '{{ invocation_id }}' and source_state is not null
    )

    select
        '{{ invocation_id }}'::uuid,
        'dbt',
        '{{ check }}__' || relation,
        'BT-001',
        relation,
        'warn',
        1,
        1,
        'select relation from quality.built_tables where mended_by = ''{{ invocation_id }}'''
    from tables
    where is_mended
    union all
    select
        '{{ invocation_id }}'::uuid,
        'dbt',
        '{{ check }}',
        'BT-001',
        'quality.built_tables',
        'pass',
        count(*),
        0,
        null
    from tables
    having count(*) > 0 and not bool_or(is_mended)
{% endmacro %}


{% macro rule_of(node) %}
    {%- if node.resource_type == 'unit_test' -%}
        {{ return('LG-001') }}
    {%- endif -%}
    {%- set named = modules.re.match('([a-z]{2})_([0-9]{3})_', node.name) -%}
    {{ return(named.group(1) | upper ~ '-' ~ named.group(2) if named else node.name) }}
{% endmacro %}


{#- As a literal. Our tests select 1; who looks for the rows wants to see them. -#}
{% macro failing_query(node) %}
    {%- if node.resource_type == 'unit_test' -%}
        {{ return('null') }}
    {%- endif -%}
    {%- set code = node.compiled_code.replace('"' ~ target.database ~ '".', '') -%}
    {{ return(dbt.string_literal(dbt.escape_single_quotes(
        code.replace('select 1\n', 'select *\n')
    ))) }}
{% endmacro %}


{% macro tested_node(node) %}
    {%- if node.resource_type == 'unit_test' -%}
        {{ return(graph.nodes[node.tested_node_unique_id or node.depends_on.nodes[0]]) }}
    {%- elif node.attached_node -%}
        {{ return(graph.nodes[node.attached_node]) }}
    {%- elif not node.test_metadata -%}
        {#- A test that is a query of its own names first what it looks at; sources come apart. -#}
        {%- set models = node.depends_on.nodes | select('in', graph.nodes) | list -%}
        {{ return(graph.nodes[models[0]]) }}
    {%- endif -%}
    {#- dbt attaches no node to a source's test: its table stands in the test's own arguments. -#}
    {%- for unique_id in node.depends_on.nodes if unique_id.startswith('source.') -%}
        {%- set source = graph.sources[unique_id] -%}
        {%- if "'" ~ source.name ~ "'" in node.test_metadata.kwargs.model -%}
            {{ return(source) }}
        {%- endif -%}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error('no tested table found for ' ~ node.name) }}
{% endmacro %}


{% macro tested_rows(node) %}
    {%- set where = node.config.where -%}
    {{ return(tested_node(node).relation_name ~ (' where ' ~ where if where else '')) }}
{% endmacro %}


{% macro cross_checked_marts() %}
    {{ return({
        'cross_check_session_compliance': 'fct_session_compliance',
        'cross_check_integration_milestones': 'fct_integration_milestones',
        'cross_check_behavioral_changes': 'fct_behavioral_changes',
    }) }}
{% endmacro %}
