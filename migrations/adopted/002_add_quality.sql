-- Purpose: where runs, checks and cross-checks leave their results, and what of it analysts read.
-- Needs:   001.
-- Adds:    quality.runs, recorded_runs, rules, check_results, cross_checks, source_rows,
--          built_tables, built_contents, synthetic_cohort and adoption; the views shown_results,
--          shown_cross_checks and shown_source_rows, and the functions that they call.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

create table quality.runs (
    run_id uuid constraint runs_pkey primary key,
    command text not null,
    as_of date not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    nodes_failed integer not null,
    server_day date
);
comment on table quality.runs is 'One row per invocation of dbt, or of journey check without a build before it.';
comment on column quality.runs.run_id is 'dbt''s invocation id.';
comment on column quality.runs.command is 'build, run, test, seed or check.';
comment on column quality.runs.as_of is 'The day of reference that the tables show.';
comment on column quality.runs.started_at is 'When it began.';
comment on column quality.runs.finished_at is 'When it ended.';
comment on column quality.runs.nodes_failed is 'Models and seeds that could not be built.';
comment on column quality.runs.server_day
is 'The clinic''s day by the server''s clock when the run began; NULL where as_of was given by hand, and for plain dbt.';

-- No foreign key: a run that was deleted must leave its record behind.
create table quality.recorded_runs (
    run_id uuid constraint recorded_runs_pkey primary key,
    results bigint not null,
    checksum uuid not null,
    is_synthetic boolean not null
);
comment on table quality.recorded_runs
is 'One row per run that was checked: how many results it had, and their checksum.';
comment on column quality.recorded_runs.run_id is 'The run; it stays here when it is deleted from quality.runs.';
comment on column quality.recorded_runs.results is 'Its rows in quality.check_results.';
comment on column quality.recorded_runs.checksum is 'MD5 of these rows as text, in the order of their names.';
comment on column quality.recorded_runs.is_synthetic
is 'Whether quality.synthetic_cohort had its row.';

create table quality.rules (
    rule_id text constraint rules_pkey primary key,
    sentence text not null,
    tested text not null,
    columns text not null,
    category text not null
        constraint rules_category_known
        check (category in ('conformance', 'completeness', 'plausibility')),
    context text not null
        constraint rules_context_known check (context in ('verification', 'validation')),
    severity text not null
        constraint rules_severity_known check (severity in ('critical', 'major', 'minor')),
    threshold_pct numeric(5, 2) not null,
    acts text not null,
    action text not null
);
comment on table quality.rules
is 'One row per rule of expectations/rules.yml, as the last journey check read it.';
comment on column quality.rules.rule_id is 'Id of the rule, such as PC-004.';
comment on column quality.rules.sentence is 'What must hold.';
comment on column quality.rules.tested is 'The table it is about, with its schema.';
comment on column quality.rules.columns is 'The columns it is about; empty when it is the table.';
comment on column quality.rules.category
is 'conformance, completeness or plausibility (Kahn et al. 2016).';
comment on column quality.rules.context
is 'verification (against the data''s own rules) or validation (against another source).';
comment on column quality.rules.severity
is 'critical, major or minor: weight 3, 2, 1 in the score; broken, a critical rule fails, others warn.';
comment on column quality.rules.threshold_pct is 'Failing rows that are tolerated, in percent of those checked.';
comment on column quality.rules.acts is 'Who acts when it is broken.';
comment on column quality.rules.action is 'What to do then.';
comment on constraint rules_category_known on quality.rules is 'category is a known one';
comment on constraint rules_context_known on quality.rules is 'context is a known one';
comment on constraint rules_severity_known on quality.rules is 'severity is a known one';

create table quality.check_results (
    run_id uuid not null
        constraint check_results_run_id_fkey references quality.runs (run_id) on delete cascade,
    engine text not null
        constraint check_results_engine_known
        check (
            engine in ('dbt', 'great_expectations', 'column_policy', 'text_scan', 'posture', 'runs')
        ),
    rule_id text not null,
    tested text not null,
    status text not null
        constraint check_results_status_known
        check (status in ('pass', 'warn', 'fail', 'not_applicable', 'skipped', 'error')),
    checked bigint,
    failing bigint,
    check_name text not null,
    query text,
    constraint check_results_pkey primary key (run_id, engine, check_name)
);
comment on table quality.check_results is 'One row per run and check; counts only.';
comment on column quality.check_results.run_id is 'The run.';
comment on column quality.check_results.engine
is 'What checked: dbt, great_expectations, column_policy, text_scan, posture or runs.';
comment on column quality.check_results.rule_id
is 'Id of the rule it checks, such as PC-004; the check''s own name when the catalogue does not know it.';
comment on column quality.check_results.check_name is 'Name of the check; unique in its engine and run.';
comment on column quality.check_results.tested is 'What was checked: a table, or a model of a unit test.';
comment on column quality.check_results.status
is 'pass, warn, fail, not_applicable (nothing to check), skipped (an earlier step failed), error (could not be checked).';
comment on column quality.check_results.checked is 'Rows of the tested table; NULL when not counted.';
comment on column quality.check_results.failing is 'Rows, or groups, that break the rule; NULL when not counted.';
comment on constraint check_results_engine_known on quality.check_results is 'engine is a known one';
comment on constraint check_results_status_known on quality.check_results is 'status is a known one';
comment on column quality.check_results.query
is 'SQL that shows the failing rows to those who may read the tables, or that mends what posture found; NULL where there is none. No value of a row.';

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

create table quality.built_tables (
    relation text constraint built_tables_pkey primary key,
    relation_oid bigint,
    run_id uuid not null,
    as_of date,
    definition uuid not null,
    source_state uuid,
    since_transaction bigint,
    next_bucket bigint not null default 0,
    mended_by uuid,
    defined_by uuid,
    compared_bucket bigint not null default 0,
    due_keys bigint,
    compared_keys bigint
);
comment on table quality.built_tables
is 'One row per table or view that dbt makes: what it shows. Written in the transaction that builds it.';
comment on column quality.built_tables.relation is 'The table or view, with its schema.';
comment on column quality.built_tables.relation_oid
is 'The table that this is about; NULL where it is made anew by each run.';
comment on column quality.built_tables.run_id is 'The run that built it last; in quality.runs once that has ended.';
comment on column quality.built_tables.as_of is 'The day that it shows; NULL when it is the same on every day.';
comment on column quality.built_tables.definition is 'Hash of its SQL, its columns and of all that it is built from.';
comment on column quality.built_tables.source_state
is 'Hash of the server and of the state of the operational tables'' triggers; NULL where it is made anew by each run.';
comment on column quality.built_tables.since_transaction
is 'Every transaction of intake.touched_sessions before this one is in it; NULL for what is never behind.';
comment on column quality.built_tables.next_bucket
is 'The bucket of quality.built_contents with which the next comparison begins.';
comment on column quality.built_tables.mended_by
is 'The last run that found other rows than were built, and built the table whole; NULL if none did.';
comment on column quality.built_tables.defined_by
is 'The last run that built it by another definition than before; NULL if none did.';
comment on column quality.built_tables.compared_bucket
is 'Of a cross-check: the bucket of sessions, 0 to 31, that was compared beside the touched ones.';
comment on column quality.built_tables.due_keys
is 'Of a cross-check: sessions that the last build had to compare; NULL for other tables.';
comment on column quality.built_tables.compared_keys
is 'Of a cross-check: sessions that the last build compared; NULL for other tables.';

create table quality.built_contents (
    relation text not null,
    bucket bigint not null,
    rows bigint not null,
    checksum numeric not null,
    constraint built_contents_pkey primary key (relation, bucket)
);
comment on table quality.built_contents
is 'One row per table and bucket of its keys: how many rows were built, and their checksum.';
comment on column quality.built_contents.relation is 'The table, with its schema.';
comment on column quality.built_contents.bucket
is '0 to 31, from a hash of the key; 0 for every row of a table that is built whole.';
comment on column quality.built_contents.rows is 'Rows of the bucket.';
comment on column quality.built_contents.checksum
is 'Sum of a 64-bit hash of each row; a row that is added or removed changes it by its own hash.';

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

create table quality.adoption (
    input_schema text not null,
    missing_columns text[] not null,
    adopted_at timestamptz not null default now()
);
create unique index adoption_is_one on quality.adoption ((true));
comment on table quality.adoption
is 'One row where this database works on a clinic''s own tables: which ones, as journey adopt left it.';
comment on column quality.adoption.input_schema is 'The schema of the relations that are read.';
comment on column quality.adoption.missing_columns
is 'Optional columns that the relations do not have, such as log_pulse_checks.created_at.';
comment on column quality.adoption.adopted_at is 'When journey adopt ran last.';

-- to_char() follows the locale of a session.
create function quality.grouped(p_number numeric) returns text
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select reverse(regexp_replace(reverse(p_number::text), '(\d{3})(?=\d)', '\1,', 'g'))
$$;
comment on function quality.grouped(numeric) is 'A whole number with commas: 12,000.';

create function quality.size_class(p_rows bigint) returns text
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select case
        when p_rows <= 0 then 'none'
        when p_rows <= 10 then '1 to 10'
        when p_rows > 10
            then quality.grouped(power(10::numeric, length((p_rows - 1)::text) - 1)::bigint + 1)
                || ' to ' || quality.grouped(trunc(power(10::numeric, length((p_rows - 1)::text))))
    end
$$;
comment on function quality.size_class(bigint)
is 'The class of a count: none, 1 to 10, 11 to 100, 101 to 1,000, and so on; NULL for NULL.';

-- A table can have ten rows for each patient: "1 to 10" rows of a total, or of any one table, would
-- tell of one.
create function quality.total_class(p_rows bigint) returns text
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select case when p_rows between 1 and 100 then '1 to 100' else quality.size_class(p_rows) end
$$;
comment on function quality.total_class(bigint)
is 'The class of a total: none, 1 to 100, 101 to 1,000, and so on; NULL for NULL.';

create function quality.rounded_total(p_rows bigint) returns text
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select case
        when p_rows > 100
            then 'about ' || quality.grouped(round(p_rows::numeric, 2 - length(p_rows::text)))
        else quality.total_class(p_rows)
    end
$$;
comment on function quality.rounded_total(bigint)
is 'A total: none, 1 to 100, then with two significant digits: about 480; NULL for NULL.';

-- Totals of many tables are multiples of the number of sessions: each rounded by itself, they would
-- tell it together, and a newcomer from one day to the next. So they are classes.
-- Where a share of the rows may fail, the status tells whether it was passed: a class of few rows
-- would tell how many.
create view quality.shown_results as
with results as (
    select
        *,
        engine in ('column_policy', 'posture', 'runs')
        or rule_id in ('BT-001', 'LG-001') as is_technical
    from quality.check_results
)

select
    results.run_id,
    results.engine,
    results.check_name,
    results.rule_id,
    results.tested,
    results.status,
    case
        when results.is_technical then quality.grouped(results.checked)
        else quality.total_class(results.checked)
    end as checked,
    case
        when results.is_technical then quality.grouped(results.failing)
        when rules.threshold_pct > 0 and results.failing <= 100 and results.checked > 0
            then 'up to 100'
        else quality.size_class(results.failing)
    end as failing,
    results.query
from results
left join quality.rules as rules on results.rule_id = rules.rule_id;
comment on view quality.shown_results
is 'One row per run and check: quality.check_results with sizes in place of counts.';
comment on column quality.shown_results.run_id is 'The run.';
comment on column quality.shown_results.engine
is 'What checked: dbt, great_expectations, column_policy, text_scan, posture or runs.';
comment on column quality.shown_results.check_name is 'Name of the check; unique in its engine and run.';
comment on column quality.shown_results.rule_id
is 'Id of the rule it checks, such as PC-004; the check''s own name when the catalogue does not know it.';
comment on column quality.shown_results.tested is 'What was checked: a table, or a model of a unit test.';
comment on column quality.shown_results.status
is 'pass, warn, fail, not_applicable (nothing to check), skipped (an earlier step failed), error (could not be checked).';
comment on column quality.shown_results.checked
is 'Class of the rows of the tested table; of columns, tables, runs and unit tests their number. NULL when not counted.';
comment on column quality.shown_results.failing
is 'Class of the rows, or groups, that break the rule; up to 100 where a share may break it; of columns, tables, runs and unit tests their number. NULL when not counted.';
comment on column quality.shown_results.query
is 'SQL that shows the failing rows to those who may read the tables, or that mends what posture found; NULL where there is none. No value of a row.';

create view quality.shown_cross_checks as
select
    run_id,
    mart,
    outcome,
    case
        when outcome = 'match' then quality.total_class(rows)
        else quality.size_class(rows)
    end as rows
from quality.cross_checks;
comment on view quality.shown_cross_checks
is 'One row per run, mart and outcome: quality.cross_checks with sizes in place of counts.';
comment on column quality.shown_cross_checks.run_id is 'The run.';
comment on column quality.shown_cross_checks.mart is 'The mart that was compared.';
comment on column quality.shown_cross_checks.outcome
is 'match, differs, oracle_error (the function raised), missing (on one side only), '
    'not_comparable (rows after as_of or quarantined, which the function sees).';
comment on column quality.shown_cross_checks.rows is 'Class of the comparisons with this outcome.';

create view quality.shown_source_rows as
select
    run_id,
    source_table,
    outcome,
    case
        when outcome in ('raw', 'used') then quality.rounded_total(rows)
        else quality.size_class(rows)
    end as rows,
    sum(case when outcome = 'raw' then rows else -rows end)
        over (partition by run_id, source_table) = 0 as is_balanced
from quality.source_rows;
comment on view quality.shown_source_rows
is 'One row per run, source table and outcome: quality.source_rows with sizes in place of counts.';
comment on column quality.shown_source_rows.run_id is 'The run.';
comment on column quality.shown_source_rows.source_table is 'The operational table.';
comment on column quality.shown_source_rows.outcome is 'raw (all rows), used, or the reason of quarantine.';
comment on column quality.shown_source_rows.rows
is 'Rows with this outcome: raw and used rounded, of a reason its class.';
comment on column quality.shown_source_rows.is_balanced
is 'Whether raw = used + all reasons in this table; the same in each of its rows.';

do $$
declare
    v_name text;
begin
    for v_name in
        select c.relname::text
        from pg_catalog.pg_class as c
        where c.relnamespace = 'quality'::regnamespace and c.relkind in ('r', 'v')
    loop
        execute pg_catalog.format('alter table quality.%I owner to journey_pipeline', v_name);
        execute pg_catalog.format('grant select on quality.%I to journey_restricted', v_name);
    end loop;
end
$$;

-- Not exact counts, nor the checksums that would confirm a guess of them.
grant select on
    quality.runs, quality.rules, quality.adoption, quality.synthetic_cohort,
    quality.shown_results, quality.shown_cross_checks, quality.shown_source_rows
to journey_analyst;
-- All but due_keys and compared_keys: how many sessions changed since the last run.
grant select (
    relation, relation_oid, run_id, as_of, definition, source_state, since_transaction, next_bucket,
    mended_by, defined_by, compared_bucket
) on quality.built_tables to journey_analyst;

revoke all on function
    quality.grouped(numeric), quality.size_class(bigint), quality.total_class(bigint),
    quality.rounded_total(bigint)
from public;
grant execute on function
    quality.grouped(numeric), quality.size_class(bigint), quality.total_class(bigint),
    quality.rounded_total(bigint)
to journey_pipeline, journey_restricted, journey_analyst;
