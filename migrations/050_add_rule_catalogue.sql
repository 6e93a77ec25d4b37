-- Purpose: results by rule, so that checks of several engines are one finding.
-- Needs:   049.
-- Adds:    quality.rules; quality.check_results.check_name, the new key of a result; the engine
--          text_scan.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

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

-- Until now a check's name was its rule. The table is small, and nobody waits for it.
alter table quality.check_results
add column check_name text;
update quality.check_results set check_name = rule_id;
alter table quality.check_results
-- squawk-ignore adding-not-nullable-field
alter column check_name set not null,
-- squawk-ignore ban-drop-constraint
drop constraint check_results_pkey,
-- squawk-ignore constraint-missing-not-valid, adding-serial-primary-key-field
add constraint check_results_pkey primary key (run_id, engine, check_name),
-- squawk-ignore ban-drop-constraint
drop constraint check_results_engine_known,
-- squawk-ignore constraint-missing-not-valid
add constraint check_results_engine_known
check (engine in ('dbt', 'great_expectations', 'column_policy', 'text_scan'));
comment on constraint check_results_engine_known on quality.check_results is 'engine is a known one';
comment on column quality.check_results.check_name is 'Name of the check; unique in its engine and run.';
comment on column quality.check_results.rule_id
is 'Id of the rule it checks, such as PC-004; the check''s own name when the catalogue does not know it.';
comment on column quality.check_results.engine
is 'What checked: dbt, great_expectations, column_policy or text_scan.';

alter table quality.rules owner to journey_pipeline;
grant select on quality.rules to journey_restricted, journey_analyst;
