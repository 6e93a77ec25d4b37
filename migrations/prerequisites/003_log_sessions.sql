-- Purpose: the dosing sessions, which the application already has, for databases that lack them.
-- Needs:   roles anon, authenticated, service_role; auth.users, auth.uid().
-- Adds:    public.log_sessions with its row-level security, only where it is missing.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

do $$
begin
    if to_regclass('public.log_sessions') is not null then
        return;
    end if;

    create table public.log_sessions (
        session_id uuid constraint log_sessions_pkey primary key default gen_random_uuid(),
        practitioner_id uuid not null
            constraint log_sessions_practitioner_id_fkey references auth.users (id),
        patient_id uuid not null,
        session_date date not null,
        created_at timestamptz not null default now()
    );
    create index idx_sessions_practitioner_id on public.log_sessions (practitioner_id);
    create index idx_sessions_patient_id on public.log_sessions (patient_id);
    comment on table public.log_sessions is 'One row per dosing session.';
    comment on column public.log_sessions.session_id is 'Key of the dosing session.';
    comment on column public.log_sessions.practitioner_id is 'The practitioner whose session it is.';
    comment on column public.log_sessions.patient_id is 'Pseudonymous key of the patient.';
    comment on column public.log_sessions.session_date is 'Day of the dosing session.';
    comment on column public.log_sessions.created_at is 'When the row was written.';

    alter table public.log_sessions enable row level security;
    create policy "Users can view own sessions"
        on public.log_sessions for select to authenticated
        using ((select auth.uid()) = practitioner_id);
    create policy "Users can insert own sessions"
        on public.log_sessions for insert to authenticated
        with check ((select auth.uid()) = practitioner_id);
    revoke all on public.log_sessions from public, anon, authenticated, service_role;
    grant select, insert on public.log_sessions to authenticated;
    grant select, insert, update, delete on public.log_sessions to service_role;
end
$$;
