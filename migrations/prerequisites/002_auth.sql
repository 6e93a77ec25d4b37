-- Purpose: the part of Supabase's auth schema that our tables refer to.
-- Needs:   roles anon, authenticated, service_role.
-- Adds:    auth.users and auth.uid(), each only where it is missing.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

do $$
begin
    if to_regnamespace('auth') is null then
        create schema auth;
        grant usage on schema auth to anon, authenticated, service_role;
    end if;

    if to_regclass('auth.users') is null then
        create table auth.users (id uuid primary key);
        revoke all on auth.users from public, anon, authenticated, service_role;
        comment on table auth.users is 'Practitioners'' logins; stands in for Supabase''s own table.';
        comment on column auth.users.id is 'Key of a login.';
    end if;

    if to_regprocedure('auth.uid()') is null then
        create function auth.uid() returns uuid
        language sql stable
        set search_path = pg_catalog, pg_temp
        as $uid$
            select coalesce(
                nullif(current_setting('request.jwt.claim.sub', true), ''),
                nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
            )::uuid
        $uid$;
        comment on function auth.uid() is 'The caller''s id from the JWT claims; NULL without claims.';
    end if;
end
$$;
