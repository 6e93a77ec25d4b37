-- Purpose: the API roles that Supabase already has, for databases that lack them.
-- Needs:   a login that may create roles; service_role has BYPASSRLS, which only a
--          superuser or a role with BYPASSRLS may give.
-- Adds:    roles anon, authenticated, service_role, each only where it is missing.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'anon') then
        create role anon nologin noinherit;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
        create role authenticated nologin noinherit;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
        create role service_role nologin noinherit bypassrls;
    end if;
exception
    -- Roles belong to the whole server: another database may make them at this moment.
    when duplicate_object or unique_violation then null;
end
$$;
