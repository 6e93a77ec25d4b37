-- Purpose: where runs, checks and cross-checks leave their results.
-- Needs:   048.
-- Adds:    quality.runs, quality.check_results, quality.cross_checks, quality.source_rows,
--          quality.synthetic_cohort, and quality.oracle(text, uuid, integer).

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

create table quality.runs (
    run_id uuid constraint runs_pkey primary key,
    command text not null,
    as_of date not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    nodes_failed integer not null
);
comment on table quality.runs is 'One row per invocation of dbt, or of journey check without a build before it.';
comment on column quality.runs.run_id is 'dbt''s invocation id.';
comment on column quality.runs.command is 'build, run, test, seed or check.';
comment on column quality.runs.as_of is 'The day of reference that the tables show.';
comment on column quality.runs.started_at is 'When it began.';
comment on column quality.runs.finished_at is 'When it ended.';
comment on column quality.runs.nodes_failed is 'Models and seeds that could not be built.';

create table quality.check_results (
    run_id uuid not null
        constraint check_results_run_id_fkey references quality.runs (run_id) on delete cascade,
    engine text not null
        constraint check_results_engine_known
        check (engine in ('dbt', 'great_expectations', 'column_policy')),
    rule_id text not null,
    tested text not null,
    status text not null
        constraint check_results_status_known
        check (status in ('pass', 'warn', 'fail', 'not_applicable', 'skipped', 'error')),
    checked bigint,
    failing bigint,
    constraint check_results_pkey primary key (run_id, engine, rule_id)
);
comment on table quality.check_results is 'One row per run and check; counts only.';
comment on column quality.check_results.run_id is 'The run.';
comment on column quality.check_results.engine is 'What checked: dbt, great_expectations or column_policy.';
comment on column quality.check_results.rule_id is 'Name of the check.';
comment on column quality.check_results.tested is 'What was checked: a table, or a model of a unit test.';
comment on column quality.check_results.status
is 'pass, warn, fail, not_applicable (nothing to check), skipped (an earlier step failed), error (could not be checked).';
comment on column quality.check_results.checked is 'Rows of the tested table; NULL when not counted.';
comment on column quality.check_results.failing is 'Rows, or groups, that break the rule; NULL when not counted.';
comment on constraint check_results_engine_known on quality.check_results is 'engine is a known one';
comment on constraint check_results_status_known on quality.check_results is 'status is a known one';

create table quality.cross_checks (
    run_id uuid not null
        constraint cross_checks_run_id_fkey references quality.runs (run_id) on delete cascade,
    mart text not null,
    outcome text not null
        constraint cross_checks_outcome_known
        check (outcome in ('match', 'differs', 'oracle_error', 'missing', 'not_comparable')),
    rows bigint not null,
    constraint cross_checks_pkey primary key (run_id, mart, outcome)
);
comment on table quality.cross_checks is 'One row per run, mart and outcome of comparing it with its SQL function.';
comment on column quality.cross_checks.run_id is 'The run.';
comment on column quality.cross_checks.mart is 'The mart that was compared.';
comment on column quality.cross_checks.outcome
is 'match, differs, oracle_error (the function raised), missing (on one side only), '
    'not_comparable (rows after as_of or quarantined, which the function sees).';
comment on column quality.cross_checks.rows is 'Comparisons with this outcome.';
comment on constraint cross_checks_outcome_known on quality.cross_checks is 'outcome is a known one';

create table quality.source_rows (
    run_id uuid not null
        constraint source_rows_run_id_fkey references quality.runs (run_id) on delete cascade,
    source_table text not null,
    outcome text not null,
    rows bigint not null,
    constraint source_rows_pkey primary key (run_id, source_table, outcome)
);
comment on table quality.source_rows
is 'One row per run, source table and outcome: where every raw row went.';
comment on column quality.source_rows.run_id is 'The run.';
comment on column quality.source_rows.source_table is 'The operational table.';
comment on column quality.source_rows.outcome
is 'raw (all rows), used, or the reason of quarantine; raw = used + all reasons.';
comment on column quality.source_rows.rows is 'Rows with this outcome.';

create table quality.synthetic_cohort (
    seed bigint not null,
    sessions integer not null,
    days integer not null,
    as_of date not null,
    made_at timestamptz not null default now()
);
comment on table quality.synthetic_cohort is 'One row when this database holds the invented cohort of journey seed.';
comment on column quality.synthetic_cohort.seed is 'Seed of the generator.';
comment on column quality.synthetic_cohort.sessions is 'Dosing sessions made.';
comment on column quality.synthetic_cohort.days is 'Days of history per session.';
comment on column quality.synthetic_cohort.as_of is 'The day of reference that belongs to the cohort.';
comment on column quality.synthetic_cohort.made_at is 'When it was made.';

-- One session's answer of one function as JSON, or {"sqlstate": ...}: one failing call must
-- not end the comparison of all others. Free text is counted here and goes no further.
create function quality.oracle(p_function text, p_session_id uuid, p_days integer default null)
returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return case p_function
        when 'calculate_compliance_score' then (
            select to_jsonb(r) from public.calculate_compliance_score(p_session_id, p_days) as r
        )
        when 'get_integration_milestones' then (
            select coalesce(jsonb_agg(to_jsonb(r) - 'ordinality' order by r.ordinality), '[]')
            from public.get_integration_milestones(p_session_id) with ordinality as r
        )
        when 'get_behavioral_changes_summary' then (
            select coalesce(
                jsonb_agg(
                    to_jsonb(r) - 'ordinality' - 'recent_changes'
                    || jsonb_build_object('recent_changes', cardinality(r.recent_changes))
                    order by r.ordinality
                ),
                '[]'
            )
            from public.get_behavioral_changes_summary(p_session_id) with ordinality as r
        )
    end;
exception
    when others then return jsonb_build_object('sqlstate', sqlstate);
end
$$;
comment on function quality.oracle(text, uuid, integer)
is 'What an operational function answers for a session, as JSON; {"sqlstate": ...} when it raises.';

do $$
declare
    v_name text;
begin
    foreach v_name in array array[
        'runs', 'check_results', 'cross_checks', 'source_rows', 'synthetic_cohort'
    ] loop
        execute pg_catalog.format('alter table quality.%I owner to journey_pipeline', v_name);
        execute pg_catalog.format(
            'grant select on quality.%I to journey_restricted, journey_analyst', v_name
        );
    end loop;
end
$$;
revoke all on function quality.oracle(text, uuid, integer) from public;
grant execute on function quality.oracle(text, uuid, integer) to journey_pipeline;
