-- Purpose: analysts read sizes of counts of rows about patients, and no exact count.
-- Needs:   049, 050, 052, 061.
-- Adds:    quality.grouped(numeric), size_class(bigint), total_class(bigint) and
--          rounded_total(bigint); the views quality.shown_results, shown_cross_checks and
--          shown_source_rows.
-- Changes: journey_analyst no longer reads quality.check_results, cross_checks and source_rows, nor
--          the counts of quality.built_tables.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

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
    foreach v_name in array array['shown_results', 'shown_cross_checks', 'shown_source_rows'] loop
        execute pg_catalog.format('alter view quality.%I owner to journey_pipeline', v_name);
        execute pg_catalog.format(
            'grant select on quality.%I to journey_restricted, journey_analyst', v_name
        );
    end loop;
end
$$;

revoke all on function
    quality.grouped(numeric), quality.size_class(bigint), quality.total_class(bigint),
    quality.rounded_total(bigint)
from public, anon, authenticated, service_role;
grant execute on function
    quality.grouped(numeric), quality.size_class(bigint), quality.total_class(bigint),
    quality.rounded_total(bigint)
to journey_pipeline, journey_restricted, journey_analyst;

revoke select on
    quality.check_results, quality.cross_checks, quality.source_rows, quality.built_tables
from journey_analyst;
-- All but due_keys and compared_keys: how many sessions changed since the last run.
grant select (
    relation, relation_oid, run_id, as_of, definition, source_state, since_transaction, next_bucket,
    mended_by, defined_by, compared_bucket
) on quality.built_tables to journey_analyst;
