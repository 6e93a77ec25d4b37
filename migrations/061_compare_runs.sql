-- Purpose: a run is compared with those before it.
-- Needs:   049, 052, 058, 059.
-- Adds:    quality.recorded_runs; quality.runs.server_day; quality.built_tables.defined_by,
--          compared_bucket, due_keys and compared_keys.
-- Changes: quality.check_results takes the engine runs.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

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
alter table quality.recorded_runs owner to journey_pipeline;
-- Not the analysts': a checksum would confirm a guess of exact counts.
grant select on quality.recorded_runs to journey_restricted;

alter table quality.runs
add column server_day date;
comment on column quality.runs.server_day
is 'The clinic''s day by the server''s clock when the run began; NULL where as_of was given by hand, and for plain dbt.';

alter table quality.built_tables
add column defined_by uuid,
add column compared_bucket bigint not null default 0,
add column due_keys bigint,
add column compared_keys bigint;
comment on column quality.built_tables.defined_by
is 'The last run that built it by another definition than before; NULL if none did.';
comment on column quality.built_tables.compared_bucket
is 'Of a cross-check: the bucket of sessions, 0 to 31, that was compared beside the touched ones.';
comment on column quality.built_tables.due_keys
is 'Of a cross-check: sessions that the last build had to compare; NULL for other tables.';
comment on column quality.built_tables.compared_keys
is 'Of a cross-check: sessions that the last build compared; NULL for other tables.';

-- Until the end of the transaction nobody reads the table; it is small.
alter table quality.check_results
-- squawk-ignore ban-drop-constraint
drop constraint check_results_engine_known,
-- squawk-ignore constraint-missing-not-valid
add constraint check_results_engine_known
check (engine in ('dbt', 'great_expectations', 'column_policy', 'text_scan', 'posture', 'runs'));
comment on constraint check_results_engine_known on quality.check_results is 'engine is a known one';
comment on column quality.check_results.engine
is 'What checked: dbt, great_expectations, column_policy, text_scan, posture or runs.';
