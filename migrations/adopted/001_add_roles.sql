-- Purpose: the roles and schemas of the analytics pipeline, in a database with tables of its own.
-- Needs:   the right to create roles and schemas.
-- Adds:    roles journey_pipeline, journey_restricted, journey_analyst (no login: grant them to
--          logins); schemas intake, staging, intermediate, marts, published, quality. All but
--          intake belong to journey_pipeline.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

do $$
declare
    v_foreign text;
    v_role text;
begin
    foreach v_role in array array['journey_pipeline', 'journey_restricted', 'journey_analyst'] loop
        if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
            execute pg_catalog.format('create role %I nologin noinherit', v_role);
        end if;
    end loop;

    -- A schema of another owner may hold tables of the same names: a build would overwrite them.
    select string_agg(n.nspname, ', ' order by n.nspname) into v_foreign
    from pg_catalog.pg_namespace as n
    where n.nspname in ('staging', 'intermediate', 'marts', 'published', 'quality')
        and n.nspowner <> 'journey_pipeline'::regrole;
    if v_foreign is not null then
        raise exception 'schema already there and not owned by journey_pipeline: %', v_foreign
            using hint = 'Use another database, or rename that schema first.';
    end if;

    -- The current role needs these rights to give the schemas away and to run the pipeline. From
    -- PostgreSQL 16 on, a role that creates another is its member, but does not have its rights.
    if not pg_catalog.pg_has_role(current_user, 'journey_pipeline', 'USAGE') then
        execute pg_catalog.format('grant journey_pipeline to %I', current_user);
    end if;

    -- An SQL editor keeps no ledger.
    if to_regclass('journey_ledger.migrations') is not null then
        grant usage on schema journey_ledger
        to journey_pipeline, journey_restricted, journey_analyst;
        grant select on journey_ledger.migrations
        to journey_pipeline, journey_restricted, journey_analyst;
    end if;
end
$$;

comment on role journey_pipeline is 'Reads public.log_*, owns staging to quality; the pipeline works as it.';
comment on role journey_restricted is 'Reads marts, published and quality: a limited data set.';
comment on role journey_analyst is 'Reads published and quality only.';

create schema intake;
create schema if not exists staging authorization journey_pipeline;
create schema if not exists intermediate authorization journey_pipeline;
create schema if not exists marts authorization journey_pipeline;
create schema if not exists published authorization journey_pipeline;
create schema if not exists quality authorization journey_pipeline;
comment on schema intake is 'Which sessions changed since the marts were built, and the copies that the models read; for the pipeline.';
comment on schema staging is 'One row as logged, typed and renamed, without free text.';
comment on schema intermediate is 'One row per day, assessment and session.';
comment on schema marts is 'Limited data set: one row per session and more, with keys and dates.';
comment on schema published is 'Roll-ups with small cells withheld: no keys, no dates.';
comment on schema quality is 'Runs, check results and cross-checks: counts and rule names.';

revoke all on schema intake, staging, intermediate, marts, published, quality from public;
grant usage on schema intake to journey_pipeline;
grant usage on schema marts to journey_restricted;
grant usage on schema published, quality to journey_restricted, journey_analyst;
