"""What a Supabase project has before anything of ours is applied."""

from __future__ import annotations

# Its roles, schemas, default privileges; nobody who migrates is a superuser there.
PLATFORM = """
create role supabase_admin superuser;
create role supabase_storage_admin noinherit;
create role dashboard_user createdb createrole replication;
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit in role anon, authenticated, service_role;
create role clinic login createrole createdb bypassrls;
grant anon, authenticated, service_role to clinic with admin option;
create schema auth authorization supabase_admin;
create schema storage authorization supabase_storage_admin;
create schema extensions authorization supabase_admin;
create schema realtime authorization supabase_admin;
set role supabase_admin;
create table auth.users (id uuid primary key, email text);
create function auth.uid() returns uuid language sql stable as $$
    select (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid
$$;
create function extensions.crypt(text) returns text language sql as 'select $1';
create table realtime.messages (payload jsonb);
reset role;
set role supabase_storage_admin;
create table storage.objects (name text);
grant all on storage.objects to anon, authenticated;
reset role;
grant usage on schema auth, storage, extensions, realtime, public
to anon, authenticated, service_role, clinic;
grant references, select on auth.users to clinic;
grant create on schema public to clinic;
alter default privileges for role supabase_admin in schema public
grant all on tables to anon, authenticated, service_role;
create publication supabase_realtime;
"""
# An application with tables of its own, one of which is the log_sessions that we ask for.
APPLICATION = """
set role clinic;
create table public.log_sessions (
    session_id uuid primary key default gen_random_uuid(),
    practitioner_id uuid not null references auth.users (id),
    patient_id uuid not null,
    session_date timestamptz not null,
    substance text,
    created_at timestamptz not null default now()
);
alter table public.log_sessions enable row level security;
create policy "Practitioners" on public.log_sessions to authenticated
using (auth.uid() = practitioner_id);
create index sessions_of_a_day on public.log_sessions (session_date);
grant all on public.log_sessions to authenticated, service_role;
create table public.appointments (id integer);
alter table public.appointments enable row level security;
grant all on public.appointments to anon, authenticated, service_role;
reset role
"""
