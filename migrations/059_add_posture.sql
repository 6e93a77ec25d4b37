-- Purpose: results of a fourth engine of journey check, which compares the database's security with
--          what the migrations make.
-- Needs:   051.
-- Changes: quality.check_results takes the engine posture.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

-- Until the end of the transaction nobody reads the table; it is small.
alter table quality.check_results
-- squawk-ignore ban-drop-constraint
drop constraint check_results_engine_known,
-- squawk-ignore constraint-missing-not-valid
add constraint check_results_engine_known
check (engine in ('dbt', 'great_expectations', 'column_policy', 'text_scan', 'posture'));
comment on constraint check_results_engine_known on quality.check_results is 'engine is a known one';
comment on column quality.check_results.engine
is 'What checked: dbt, great_expectations, column_policy, text_scan or posture.';
comment on column quality.check_results.query
is 'SQL that shows the failing rows to those who may read the tables, or that mends what posture found; NULL where there is none. No value of a row.';
