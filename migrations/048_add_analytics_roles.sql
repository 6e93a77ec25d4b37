-- Purpose: the roles and schemas of the analytics pipeline.
-- Needs:   044 to 047; the right to create roles and schemas.
-- Adds:    roles journey_pipeline, journey_restricted, journey_analyst (no login: grant them to
--          logins); schemas staging, intermediate, marts, published, quality, owned by
--          journey_pipeline; the pipeline's own SELECT policies.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

do $$
declare
    v_foreign text;
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'journey_pipeline') then
        create role journey_pipeline nologin noinherit;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'journey_restricted') then
        create role journey_restricted nologin noinherit;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'journey_analyst') then
        create role journey_analyst nologin noinherit;
    end if;

    -- Building in a schema that somebody else made could overwrite their tables.
    select string_agg(n.nspname, ', ' order by n.nspname) into v_foreign
    from pg_catalog.pg_namespace as n
    where n.nspname in ('staging', 'intermediate', 'marts', 'published', 'quality')
        and n.nspowner <> 'journey_pipeline'::regrole;
    if v_foreign is not null then
        raise exception 'schema already there and not owned by journey_pipeline: %', v_foreign
            using hint = 'Use another database, or rename that schema first.';
    end if;

    -- Whoever migrates can then give the schemas away and run the pipeline; from PostgreSQL 16 on
    -- whoever made a role is a member of it, but does not yet have its rights.
    if not pg_catalog.pg_has_role(current_user, 'journey_pipeline', 'USAGE') then
        execute pg_catalog.format('grant journey_pipeline to %I', current_user);
    end if;
end
$$;

comment on role journey_pipeline is 'Reads public.log_*, owns staging to quality; the pipeline works as it.';
comment on role journey_restricted is 'Reads marts, published and quality: a limited data set.';
comment on role journey_analyst is 'Reads published and quality only.';

create schema if not exists staging authorization journey_pipeline;
create schema if not exists intermediate authorization journey_pipeline;
create schema if not exists marts authorization journey_pipeline;
create schema if not exists published authorization journey_pipeline;
create schema if not exists quality authorization journey_pipeline;
comment on schema staging is 'One row as logged, typed and renamed, without free text.';
comment on schema intermediate is 'One row per day, assessment and session.';
comment on schema marts is 'Limited data set: one row per session and more, with keys and dates.';
comment on schema published is 'Roll-ups with small cells withheld: no keys, no dates.';
comment on schema quality is 'Runs, check results and cross-checks: counts and rule names.';

revoke all on schema staging, intermediate, marts, published, quality from public;
grant usage on schema marts to journey_restricted;
grant usage on schema published, quality to journey_restricted, journey_analyst;

-- Row-level security filters the pipeline too: it reads by policies of its own.
grant usage on schema public to journey_pipeline;
grant select on
    public.log_sessions, public.log_integration_sessions, public.log_behavioral_changes,
    public.log_pulse_checks
to journey_pipeline;
create policy "Pipeline can view all sessions"
on public.log_sessions for select to journey_pipeline using (true);
create policy "Pipeline can view all integration sessions"
on public.log_integration_sessions for select to journey_pipeline using (true);
create policy "Pipeline can view all behavioral changes"
on public.log_behavioral_changes for select to journey_pipeline using (true);
create policy "Pipeline can view all pulse checks"
on public.log_pulse_checks for select to journey_pipeline using (true);

-- The marts are compared with the functions row by row.
grant execute on function
    public.calculate_compliance_score(uuid, integer),
    public.get_integration_milestones(uuid),
    public.get_behavioral_changes_summary(uuid)
to journey_pipeline;
