-- Purpose: days on which patients left their journey after a dosing session; append-only.
-- Needs:   044 (the shared guards), 048 (the pipeline's role), 052 (which sessions changed).
-- Adds:    public.log_journey_ends with its indexes, triggers, policies and grants.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

create table public.log_journey_ends (
    journey_end_id uuid constraint log_journey_ends_pkey primary key default gen_random_uuid(),
    patient_id uuid not null,
    practitioner_id uuid not null
        constraint log_journey_ends_practitioner_id_fkey references auth.users (id),
    session_id uuid not null
        constraint log_journey_ends_session_id_fkey
        references public.log_sessions (session_id) on delete cascade,

    -- A correction is a later row. NOT_ENDED takes back what was recorded before.
    end_type varchar(50) not null
        constraint log_journey_ends_end_type_known check (end_type::text in (
            'WITHDRAWAL',
            'DISCHARGE',
            'DEATH',
            'OTHER',
            'NOT_ENDED'
        )),
    end_date date not null,
    days_post_session integer not null
        constraint log_journey_ends_not_before_session check (days_post_session >= 0),

    created_at timestamptz not null default now()
        constraint log_journey_ends_created_at_finite check (isfinite(created_at))
);

comment on table public.log_journey_ends
is 'One row per recorded end of a journey, or correction of one; the row written last counts; append-only.';
comment on column public.log_journey_ends.journey_end_id is 'Key of the row.';
comment on column public.log_journey_ends.patient_id is 'The dosing session''s patient.';
comment on column public.log_journey_ends.practitioner_id is 'The dosing session''s practitioner.';
comment on column public.log_journey_ends.session_id is 'The dosing session whose journey ends.';
comment on column public.log_journey_ends.end_type
is 'How it ended; NOT_ENDED takes back what was recorded before.';
comment on column public.log_journey_ends.end_date
is 'Day from which nothing is due; with NOT_ENDED, the day that is taken back.';
comment on column public.log_journey_ends.days_post_session
is 'end_date minus the session''s day (UTC), in days; computed by the database.';
comment on column public.log_journey_ends.created_at
is 'When the row was written; set by the database for practitioners.';
comment on constraint log_journey_ends_end_type_known on public.log_journey_ends
is 'end_type is WITHDRAWAL, DISCHARGE, DEATH, OTHER or NOT_ENDED';
comment on constraint log_journey_ends_not_before_session on public.log_journey_ends
is 'a journey does not end before the day of its session';
comment on constraint log_journey_ends_created_at_finite on public.log_journey_ends
is 'created_at is a finite time';

create index idx_journey_ends_patient_id on public.log_journey_ends (patient_id);
create index idx_journey_ends_session_id on public.log_journey_ends (session_id, created_at);
create index idx_journey_ends_date on public.log_journey_ends (end_date);
create index idx_journey_ends_practitioner_id
on public.log_journey_ends (practitioner_id, end_date);

-- Rows in -----------------------------------------------------------------------------------

create function public.journey_guard_journey_end() returns trigger
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
    perform public.journey_check_day('end_date', new.end_date);
    new.days_post_session := new.end_date - v_session_day;
    if v_is_trusted_writer then
        new.created_at := coalesce(new.created_at, now());
    else
        new.created_at := now();
    end if;
    return new;
end
$$;
comment on function public.journey_guard_journey_end()
is 'A new row belongs to its session; the database computes its day.';
revoke all on function public.journey_guard_journey_end()
from public, anon, authenticated, service_role;

create trigger guard_journey_end
before insert on public.log_journey_ends
for each row execute function public.journey_guard_journey_end();
create trigger refuse_change
before update or delete on public.log_journey_ends
for each row execute function public.journey_refuse_change();
create trigger refuse_truncate
before truncate on public.log_journey_ends
for each statement execute function public.journey_refuse_change();
alter table public.log_journey_ends enable always trigger guard_journey_end;
alter table public.log_journey_ends enable always trigger refuse_change;
alter table public.log_journey_ends enable always trigger refuse_truncate;

-- Which sessions changed: no row is ever updated, but a superuser could.
create trigger note_insert
after insert on public.log_journey_ends referencing new table as new_rows
for each statement execute function intake.note_sessions();
create trigger note_update
after update on public.log_journey_ends referencing old table as old_rows new table as new_rows
for each statement execute function intake.note_sessions();
create trigger note_delete
after delete on public.log_journey_ends referencing old table as old_rows
for each statement execute function intake.note_sessions();
alter table public.log_journey_ends enable always trigger note_insert;
alter table public.log_journey_ends enable always trigger note_update;
alter table public.log_journey_ends enable always trigger note_delete;

-- Who may do what ---------------------------------------------------------------------------

alter table public.log_journey_ends enable row level security;

create policy "Users can view own journey ends"
on public.log_journey_ends for select to authenticated
using ((select auth.uid()) = practitioner_id);

create policy "Users can insert own journey ends"
on public.log_journey_ends for insert to authenticated
with check ((select auth.uid()) = practitioner_id);

create policy "Pipeline can view all journey ends"
on public.log_journey_ends for select to journey_pipeline using (true);

revoke all on public.log_journey_ends from public, anon, authenticated, service_role;
grant select, insert on public.log_journey_ends to authenticated, service_role;
grant select on public.log_journey_ends to journey_pipeline;
