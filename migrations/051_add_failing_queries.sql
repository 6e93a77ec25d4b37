-- Purpose: who may read the rows that break a rule is told how to find them.
-- Needs:   050.
-- Adds:    quality.check_results.query.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

alter table quality.check_results add column query text;
comment on column quality.check_results.query
is 'SQL that shows the failing rows to those who may read the tables; NULL unless dbt found some. No value of a row.';
