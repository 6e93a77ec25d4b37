-- Purpose: behavioural changes that patients report after a dosing session; append-only.
-- Needs:   044 (the shared guards).
-- Adds:    public.log_behavioral_changes with its indexes, triggers, policies and grants.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

create table public.log_behavioral_changes (
    change_id uuid constraint log_behavioral_changes_pkey primary key default gen_random_uuid(),
    patient_id uuid not null,
    practitioner_id uuid not null
        constraint log_behavioral_changes_practitioner_id_fkey references auth.users (id),
    session_id uuid not null
        constraint log_behavioral_changes_session_id_fkey
        references public.log_sessions (session_id) on delete cascade,

    change_type varchar(50) not null
        constraint log_behavioral_changes_change_type_known check (change_type::text in (
            'RELATIONSHIP',
            'HABIT',
            'EMPLOYMENT',
            'HEALTH',
            'SOCIAL',
            'CREATIVE',
            'OTHER'
        )),
    change_description text not null
        constraint log_behavioral_changes_change_description_length
        check (char_length(change_description) <= 1000 and change_description ~ '[^[:space:]]'),

    change_date date not null,
    days_post_session integer not null,

    change_sentiment varchar(20) not null default 'POSITIVE'
        constraint log_behavioral_changes_change_sentiment_known check (change_sentiment::text in (
            'POSITIVE',
            'NEGATIVE',
            'NEUTRAL'
        )),

    created_at timestamptz not null default now()
        constraint log_behavioral_changes_created_at_finite check (isfinite(created_at))
);

comment on table public.log_behavioral_changes
is 'One row per behavioural change that a patient reported; append-only.';
comment on column public.log_behavioral_changes.change_id is 'Key of the row.';
comment on column public.log_behavioral_changes.patient_id is 'The dosing session''s patient.';
comment on column public.log_behavioral_changes.practitioner_id is 'The dosing session''s practitioner.';
comment on column public.log_behavioral_changes.session_id is 'The dosing session it follows.';
comment on column public.log_behavioral_changes.change_type is 'Area of life that changed.';
comment on column public.log_behavioral_changes.change_description
is 'Free text, at most 1000 characters; identifiers are refused as far as they can be recognised, names cannot.';
comment on column public.log_behavioral_changes.change_date is 'Day of the change.';
comment on column public.log_behavioral_changes.days_post_session
is 'change_date minus the session''s day (UTC), in days; computed by the database.';
comment on column public.log_behavioral_changes.change_sentiment
is 'How the patient judges it; POSITIVE when nobody said.';
comment on column public.log_behavioral_changes.created_at
is 'When the row was written; set by the database for practitioners.';
comment on constraint log_behavioral_changes_change_type_known on public.log_behavioral_changes
is 'change_type is one of the seven known types';
comment on constraint log_behavioral_changes_change_description_length on public.log_behavioral_changes
is 'change_description has at most 1000 characters, and not only white space';
comment on constraint log_behavioral_changes_change_sentiment_known on public.log_behavioral_changes
is 'change_sentiment is POSITIVE, NEGATIVE or NEUTRAL';
comment on constraint log_behavioral_changes_created_at_finite on public.log_behavioral_changes
is 'created_at is a finite time';

create index idx_behavioral_changes_patient_id on public.log_behavioral_changes (patient_id);
create index idx_behavioral_changes_session_id
on public.log_behavioral_changes (session_id, change_date);
create index idx_behavioral_changes_date on public.log_behavioral_changes (change_date);
create index idx_behavioral_changes_practitioner_id
on public.log_behavioral_changes (practitioner_id, change_date);

-- Rows in -----------------------------------------------------------------------------------

create function public.journey_guard_behavioral_change() returns trigger
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
    perform public.journey_check_day('change_date', new.change_date);
    new.days_post_session := new.change_date - v_session_day;
    if v_is_trusted_writer then
        new.created_at := coalesce(new.created_at, now());
    else
        new.created_at := now();
    end if;
    perform public.journey_check_text('change_description', new.change_description);
    return new;
end
$$;
comment on function public.journey_guard_behavioral_change()
is 'A new row belongs to its session; the database computes its day.';
revoke all on function public.journey_guard_behavioral_change()
from public, anon, authenticated, service_role;

create trigger guard_behavioral_change
before insert on public.log_behavioral_changes
for each row execute function public.journey_guard_behavioral_change();
create trigger refuse_change
before update or delete on public.log_behavioral_changes
for each row execute function public.journey_refuse_change();
create trigger refuse_truncate
before truncate on public.log_behavioral_changes
for each statement execute function public.journey_refuse_change();
alter table public.log_behavioral_changes enable always trigger guard_behavioral_change;
alter table public.log_behavioral_changes enable always trigger refuse_change;
alter table public.log_behavioral_changes enable always trigger refuse_truncate;

-- Who may do what ---------------------------------------------------------------------------

alter table public.log_behavioral_changes enable row level security;

create policy "Users can view own behavioral changes"
on public.log_behavioral_changes for select to authenticated
using ((select auth.uid()) = practitioner_id);

create policy "Users can insert own behavioral changes"
on public.log_behavioral_changes for insert to authenticated
with check ((select auth.uid()) = practitioner_id);

revoke all on public.log_behavioral_changes from public, anon, authenticated, service_role;
grant select, insert on public.log_behavioral_changes to authenticated, service_role;
