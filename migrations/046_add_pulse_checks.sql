-- Purpose: daily pulse checks after a dosing session; append-only.
-- Needs:   044 (the shared guards).
-- Adds:    public.log_pulse_checks with its indexes, triggers, policies and grants.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

create table public.log_pulse_checks (
    pulse_check_id uuid constraint log_pulse_checks_pkey primary key default gen_random_uuid(),
    patient_id uuid not null,
    practitioner_id uuid not null
        constraint log_pulse_checks_practitioner_id_fkey references auth.users (id),
    session_id uuid not null
        constraint log_pulse_checks_session_id_fkey
        references public.log_sessions (session_id) on delete cascade,

    check_date date not null,
    days_post_session integer not null
        -- The evening of a session may already be its next day in UTC.
        constraint log_pulse_checks_not_before_session check (days_post_session >= -1),

    connection_level integer
        constraint log_pulse_checks_connection_level_range check (connection_level between 1 and 5),
    sleep_quality integer
        constraint log_pulse_checks_sleep_quality_range check (sleep_quality between 1 and 5),
    mood_level integer
        constraint log_pulse_checks_mood_level_range check (mood_level between 1 and 5),
    energy_level integer
        constraint log_pulse_checks_energy_level_range check (energy_level between 1 and 5),

    notes text
        constraint log_pulse_checks_notes_length check (char_length(notes) <= 2000),

    created_at timestamptz not null default now()
        constraint log_pulse_checks_created_at_finite check (isfinite(created_at)),

    constraint log_pulse_checks_has_an_answer check (
        num_nonnulls(connection_level, sleep_quality, mood_level, energy_level) >= 1
    )
);

comment on table public.log_pulse_checks is 'One row per daily pulse check; append-only.';
comment on column public.log_pulse_checks.pulse_check_id is 'Key of the row.';
comment on column public.log_pulse_checks.patient_id is 'The dosing session''s patient.';
comment on column public.log_pulse_checks.practitioner_id is 'The dosing session''s practitioner.';
comment on column public.log_pulse_checks.session_id is 'The dosing session it follows.';
comment on column public.log_pulse_checks.check_date is 'Day the answers are about.';
comment on column public.log_pulse_checks.days_post_session
is 'check_date minus the session''s day (UTC), in days; computed by the database.';
comment on column public.log_pulse_checks.connection_level is 'Feeling connected, 1 (low) to 5; NULL when not answered.';
comment on column public.log_pulse_checks.sleep_quality is 'Sleep, 1 (poor) to 5; NULL when not answered.';
comment on column public.log_pulse_checks.mood_level is 'Mood, 1 (low) to 5; NULL when not answered.';
comment on column public.log_pulse_checks.energy_level is 'Energy, 1 (low) to 5; NULL when not answered.';
comment on column public.log_pulse_checks.notes
is 'Free text, at most 2000 characters; identifiers are refused as far as they can be recognised, names cannot.';
comment on column public.log_pulse_checks.created_at
is 'When the row was written; set by the database for practitioners.';
comment on constraint log_pulse_checks_not_before_session on public.log_pulse_checks
is 'a pulse check is dated at most one day before its session';
comment on constraint log_pulse_checks_connection_level_range on public.log_pulse_checks
is 'connection_level is between 1 and 5';
comment on constraint log_pulse_checks_sleep_quality_range on public.log_pulse_checks
is 'sleep_quality is between 1 and 5';
comment on constraint log_pulse_checks_mood_level_range on public.log_pulse_checks
is 'mood_level is between 1 and 5';
comment on constraint log_pulse_checks_energy_level_range on public.log_pulse_checks
is 'energy_level is between 1 and 5';
comment on constraint log_pulse_checks_notes_length on public.log_pulse_checks
is 'notes has at most 2000 characters';
comment on constraint log_pulse_checks_created_at_finite on public.log_pulse_checks
is 'created_at is a finite time';
comment on constraint log_pulse_checks_has_an_answer on public.log_pulse_checks
is 'at least one of the four questions is answered';

create index idx_pulse_checks_patient_id on public.log_pulse_checks (patient_id);
create index idx_pulse_checks_session_id on public.log_pulse_checks (session_id, check_date);
create index idx_pulse_checks_date on public.log_pulse_checks (check_date);
create index idx_pulse_checks_practitioner_id
on public.log_pulse_checks (practitioner_id, check_date);

-- Rows in -----------------------------------------------------------------------------------

create function public.journey_guard_pulse_check() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_is_trusted_writer boolean := public.journey_is_trusted_writer(tg_relid);
    v_session_day date := public.journey_session_day(
        new.session_id, new.patient_id, new.practitioner_id, v_is_trusted_writer
    );
begin
    perform public.journey_check_day('check_date', new.check_date);
    new.days_post_session := new.check_date - v_session_day;
    if v_is_trusted_writer then
        new.created_at := coalesce(new.created_at, now());
    else
        new.created_at := now();
    end if;
    perform public.journey_check_text('notes', new.notes);
    return new;
end
$$;
comment on function public.journey_guard_pulse_check()
is 'A new row belongs to its session; the database computes its day.';
revoke all on function public.journey_guard_pulse_check()
from public, anon, authenticated, service_role;

create trigger guard_pulse_check
before insert on public.log_pulse_checks
for each row execute function public.journey_guard_pulse_check();
create trigger refuse_change
before update or delete on public.log_pulse_checks
for each row execute function public.journey_refuse_change();
create trigger refuse_truncate
before truncate on public.log_pulse_checks
for each statement execute function public.journey_refuse_change();
alter table public.log_pulse_checks enable always trigger guard_pulse_check;
alter table public.log_pulse_checks enable always trigger refuse_change;
alter table public.log_pulse_checks enable always trigger refuse_truncate;

-- Who may do what ---------------------------------------------------------------------------

alter table public.log_pulse_checks enable row level security;

create policy "Users can view own pulse checks"
on public.log_pulse_checks for select to authenticated
using ((select auth.uid()) = practitioner_id);

create policy "Users can insert own pulse checks"
on public.log_pulse_checks for insert to authenticated
with check ((select auth.uid()) = practitioner_id);

revoke all on public.log_pulse_checks from public, anon, authenticated, service_role;
grant select, insert on public.log_pulse_checks to authenticated, service_role;
