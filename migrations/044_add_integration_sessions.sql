-- Purpose: integration sessions and assessments after a dosing session, and the guards
--          that all three journey tables share.
-- Needs:   public.log_sessions (session_id unique, practitioner_id, patient_id, session_date,
--          created_at), auth.users (id), auth.uid(), roles anon, authenticated, service_role.
-- Adds:    public.log_integration_sessions with its indexes, triggers, policies and grants;
--          functions public.journey_*, which nobody but the owner may execute.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

-- What must be there, and what must not, told by name before anything is made.
do $$
declare
    v_missing text;
    v_present text;
begin
    select string_agg(wanted.name, ', ' order by wanted.name) into v_missing
    from unnest(array['anon', 'authenticated', 'service_role']) as wanted (name)
    where not exists (select from pg_catalog.pg_roles as r where r.rolname = wanted.name);
    if v_missing is not null then
        raise exception 'role missing: %', v_missing
            using hint = 'Run migrations/prerequisites first.';
    end if;

    if to_regclass('auth.users') is null or to_regprocedure('auth.uid()') is null then
        raise exception 'auth.users or auth.uid() is missing'
            using hint = 'Run migrations/prerequisites first.';
    end if;
    if to_regclass('public.log_sessions') is null then
        raise exception 'table public.log_sessions is missing'
            using hint = 'Run migrations/prerequisites first.';
    end if;

    select string_agg(wanted.name, ', ' order by wanted.name) into v_missing
    from unnest(array['session_id', 'practitioner_id', 'patient_id', 'session_date', 'created_at'])
        as wanted (name)
    where not exists (
        select from pg_catalog.pg_attribute as a
        where a.attrelid = 'public.log_sessions'::regclass
            and a.attname = wanted.name
            and not a.attisdropped
    );
    if v_missing is not null then
        raise exception 'public.log_sessions lacks the column %', v_missing
            using hint = 'Add it to public.log_sessions, then run this migration again.';
    end if;

    select string_agg(wanted.name, ', ' order by wanted.name) into v_present
    from unnest(array['log_integration_sessions', 'log_behavioral_changes', 'log_pulse_checks'])
        as wanted (name)
    where to_regclass('public.' || wanted.name) is not null;
    if v_present is not null then
        raise exception 'already there, and not made by this migration: %', v_present
            using hint = 'These migrations make the tables anew and never alter others: '
                'rename or export the old tables first (migrations/README.md).';
    end if;
end
$$;

-- Guards shared by the three tables -------------------------------------------------------

-- The role that calls, also inside a SECURITY DEFINER function, where current_user is the
-- owner. Claims do not count: a caller can set them.
create function public.journey_caller() returns name
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(nullif(current_setting('role'), 'none'), session_user)::name
$$;
comment on function public.journey_caller() is 'The role that calls, whatever the function runs as.';

-- service_role, the table's owner and who may act as the owner: loaders and restores.
create function public.journey_is_trusted_writer(p_table oid) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select caller.name = 'service_role' or pg_has_role(caller.name, c.relowner, 'MEMBER')
    from pg_class as c
    cross join public.journey_caller() as caller (name)
    where c.oid = p_table
$$;
comment on function public.journey_is_trusted_writer(oid)
is 'Whether the caller may bring its own created_at and write for any practitioner.';

-- Unknown, foreign and mismatched sessions get one answer, so nobody can probe which exist.
-- row_security = off turns a silently filtered read into an error.
create function public.journey_session_day(
    p_session_id uuid, p_patient_id uuid, p_practitioner_id uuid, p_is_trusted_writer boolean
) returns date
language plpgsql stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set row_security = off
as $$
declare
    v_day date;
    -- Asked before any row is looked for: claims that are no id fail alike for every session.
    v_caller_id uuid := case when not p_is_trusted_writer then auth.uid() end;
begin
    select s.session_date::date into v_day
    from public.log_sessions as s
    where s.session_id = p_session_id
        and s.patient_id = p_patient_id
        and s.practitioner_id = p_practitioner_id
        and (p_is_trusted_writer or s.practitioner_id = v_caller_id);
    if not found then
        raise exception 'session not found or access denied'
            using errcode = 'insufficient_privilege';
    end if;
    if v_day is null or not isfinite(v_day) then
        raise exception 'the dosing session has no finite session_date'
            using errcode = 'check_violation';
    end if;
    return v_day;
end
$$;
comment on function public.journey_session_day(uuid, uuid, uuid, boolean)
is 'Day (UTC) of the session that a new row belongs to; 42501 unless patient and practitioner are the session''s.';

create function public.journey_check_day(p_column text, p_day date) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_day < date '1900-01-01' or p_day > (now() at time zone 'UTC')::date + 1 then
        raise exception '% must be between 1900-01-01 and tomorrow (UTC)', p_column
            using errcode = 'check_violation';
    end if;
end
$$;
comment on function public.journey_check_day(text, date)
is 'Refuses days before 1900, infinite days, and days more than one ahead of today in UTC.';

-- Only what is unmistakable: a rule that cries wolf over "slept 6-7 hours" gets switched off.
create function public.journey_identifier_in(p_text text) returns text
language plpgsql immutable strict
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
declare
    -- Dashes and spaces that word processors put in.
    v_text text := translate(
        p_text, U&'\2010\2011\2012\2013\2014\2212\00A0\2007\2009\202F', '------    '
    );
    v_undated text;
begin
    if v_text ~ '[^[:space:][:punct:]][._%+-]*@([^[:space:][:punct:]]|-)+(\.([^[:space:][:punct:]]|-)+)*\.[[:alpha:]]{2,}' then
        return 'an e-mail address';
    end if;

    if v_text ~* '\m((https?|ftp)://|www\.)[[:alnum:]]'
        or v_text ~* '\m[[:alnum:]-]+\.(com|org|net|info|io|me|uk|au|de|fr|ca|ie|nz)/[[:alnum:]@]' then
        return 'a web address';
    end if;

    -- All that follow have four digits at least.
    if v_text !~ '[0-9].*[0-9].*[0-9].*[0-9]' then
        return null;
    end if;

    if v_text ~ '(^|[^0-9])[0-9]{3}-[0-9]{2}-[0-9]{4}($|[^0-9])'
        or v_text ~* (
            '\m(ssn|social security)( (no|number)\M)?[ :#.=]*(is )?'
            '[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4}($|[^0-9])'
        ) then
        return 'a social security number';
    end if;

    -- Dates, and spans such as 0930-1015, are digits with separators too.
    v_undated := regexp_replace(
        v_text,
        '(?<![0-9][./]?)[0-3]?[0-9][./][0-3]?[0-9][./]([0-9]{4}|[0-9]{2})(?![./]?[0-9])'
        '|(?<![0-9]-?)([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-3]?[0-9]-[0-3]?[0-9]-([0-9]{4}|[0-9]{2}))(?!-?[0-9])'
        '|(?<![0-9] ?)([01][0-9]|2[0-3])[0-5][0-9]-([01][0-9]|2[0-3])[0-5][0-9](?![ -]?[0-9])',
        'x', 'g'
    );
    if v_undated ~* (
        '\m(mrn(?![a-z])( ?(no|number)\M)?|(record|chart|patient|pt|client|case|file|hospital|policy|member'
        '|insurance|account|acct|nhs|medicare|medicaid) ?((no|nr|num)[.:#]|(number|id)\M|#))'
        '[ :#.=-]*(is |was )?[a-z]{0,3}-?[0-9]{4,}(?![0-9]| ?-?(steps?|kcal|mg|ml)\M)'
    )
        -- Without its dot, "no" may be the word: five digits at least, so no year.
        or v_undated ~* (
            '\m(record|chart|patient|client|case|file|policy|member) (no|nr|num)\M'
            '[ :#.=-]*(is |was )?[a-z]{0,3}-?[0-9]{5,}(?![0-9]| ?-?(steps?|kcal|mg|ml)\M)'
        )
        -- In groups of digits.
        or v_undated ~* (
            '\m(mrn(?![a-z])|medical record|nhs|medicare|medicaid|insurance|policy)'
            '( ?(no|nr|num|number|id)\M| ?#)?[ :#.=-]*(is |was )?[a-z]{0,3}-?[0-9]([ -]?[0-9]){5,}'
        ) then
        return 'a record number';
    end if;

    -- North America; three amounts such as 300-600-1200 mg are none.
    if v_undated ~* (
        '(^|[^0-9])(\+?1[-. ]?)?(\([2-9][0-9]{2}\)[-. ]{0,3}|[2-9][0-9]{2}( ?[-./] ?| ))'
        '[2-9][0-9]{2}( ?[-.] ?| )[0-9]{4}(?![0-9]| ?(mg|mcg|[uµμ]g|ml|iu|kcal|steps?|m)\M)'
    )
        -- With a country code: "+1500 (6000-7500)" and "+12.5 (45.0-57.5)" are none.
        or v_undated ~ '(\+|\m00 ?)[1-9]([ /-]?(\([0-9]{1,5}\)|[0-9])){8,14}'
        or v_undated ~ '(\+|\m00 ?)[1-9][0-9]{0,2}[ .](\(0\))?[0-9]{1,4}(\.[0-9]{2,4}){2,4}'
        -- With a leading zero: 10 or 11 digits in two or three groups.
        or v_undated ~* (
            '(^|[^0-9.,/+-])(?=\(?0([ ()/-]{0,2}[0-9]){9,10}(?![ /-]?[0-9]))'
            '(\(0[1-9][0-9]{0,3}\)|0[1-9][0-9]{0,3})[ /-]?[0-9]{3,8}([ -][0-9]{3,8})?'
            '(?![ /-]?[0-9]| ?(mg|ml|kcal|steps?)\M)'
        )
        -- With its cue.
        or v_undated ~* (
            '\m(tel|telephone|phone|mobile|mob|cell|cellphone|landline|fax|whatsapp|sms)\M'
            '[ :.#]*((no|nr|number)\M)?[ :.#=]*(is )?\+?\(?'
            '([0-9]([ ()/-]{0,2}[0-9]){6,14}|[0-9]{1,4}(\.[0-9]{2,4}){2,5})'
            '(?![ ./-]?[0-9]| ?(mg|ml|kcal|steps?)\M)'
        ) then
        return 'a telephone number';
    end if;

    return null;
end
$$;
comment on function public.journey_identifier_in(text)
is 'What kind of identifier a text unmistakably holds; NULL when none. Names cannot be recognised.';

create function public.journey_check_text(p_column text, p_text text) returns void
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind text := public.journey_identifier_in(p_text);
begin
    if v_kind is not null then
        raise exception '% looks as if it holds %: leave identifiers out of free text', p_column, v_kind
            using errcode = 'check_violation';
    end if;
end
$$;
comment on function public.journey_check_text(text, text)
is 'Refuses free text that unmistakably holds an identifier, without repeating it.';

-- The cascade of the work order's decision 2 is known by the session being gone already.
create function public.journey_refuse_change() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
    if tg_op = 'DELETE' then
        if not exists (
            select from public.log_sessions as s where s.session_id = old.session_id
        ) then
            return old;
        end if;
    end if;
    raise exception '% is an audit trail: % is refused', tg_table_name, lower(tg_op)
        using errcode = 'insufficient_privilege',
            hint = 'Rows go only together with their dosing session.';
end
$$;
comment on function public.journey_refuse_change()
is 'Makes a table append-only; rows leave only with their dosing session.';

revoke all on function
    public.journey_caller(),
    public.journey_is_trusted_writer(oid),
    public.journey_session_day(uuid, uuid, uuid, boolean),
    public.journey_check_day(text, date),
    public.journey_identifier_in(text),
    public.journey_check_text(text, text),
    public.journey_refuse_change()
from public, anon, authenticated, service_role;

-- The table -------------------------------------------------------------------------------

create table public.log_integration_sessions (
    integration_session_id uuid
        constraint log_integration_sessions_pkey primary key default gen_random_uuid(),
    session_id uuid not null
        constraint log_integration_sessions_session_id_fkey
        references public.log_sessions (session_id) on delete cascade,
    patient_id uuid not null,
    practitioner_id uuid not null
        constraint log_integration_sessions_practitioner_id_fkey references auth.users (id),

    session_number integer not null
        constraint log_integration_sessions_session_number_positive check (session_number >= 1),
    session_date date not null,
    session_type varchar(50) not null
        constraint log_integration_sessions_session_type_known check (session_type::text in (
            'PULSE_CHECK',
            'PHQ9_ASSESSMENT',
            'GAD7_ASSESSMENT',
            'WHOQOL_BREF',
            'PSQI_ASSESSMENT',
            'INTEGRATION_THERAPY',
            'FOLLOW_UP_CALL'
        )),

    completed boolean not null default false,
    completed_at timestamptz
        constraint log_integration_sessions_completed_at_finite check (isfinite(completed_at)),

    phq9_score integer
        constraint log_integration_sessions_phq9_score_range check (phq9_score between 0 and 27),
    gad7_score integer
        constraint log_integration_sessions_gad7_score_range check (gad7_score between 0 and 21),
    whoqol_bref_score integer
        constraint log_integration_sessions_whoqol_bref_score_range
        check (whoqol_bref_score between 0 and 100),
    psqi_score integer
        constraint log_integration_sessions_psqi_score_range check (psqi_score between 0 and 21),

    session_notes text
        constraint log_integration_sessions_session_notes_length
        check (char_length(session_notes) <= 4000),

    created_at timestamptz not null default now()
        constraint log_integration_sessions_created_at_finite check (isfinite(created_at)),
    updated_at timestamptz not null default now()
        constraint log_integration_sessions_updated_at_finite check (isfinite(updated_at))
);

comment on table public.log_integration_sessions
is 'One row per planned or completed assessment, therapy session or call after a dosing session.';
comment on column public.log_integration_sessions.integration_session_id is 'Key of the row.';
comment on column public.log_integration_sessions.session_id is 'The dosing session it follows.';
comment on column public.log_integration_sessions.patient_id is 'The dosing session''s patient.';
comment on column public.log_integration_sessions.practitioner_id is 'The dosing session''s practitioner.';
comment on column public.log_integration_sessions.session_number is 'Number in the patient''s series, from 1.';
comment on column public.log_integration_sessions.session_date
is 'Day it is planned for or took place; before the dosing session it is a baseline.';
comment on column public.log_integration_sessions.session_type is 'What kind of session or assessment.';
comment on column public.log_integration_sessions.completed is 'Whether it took place.';
comment on column public.log_integration_sessions.completed_at is 'When it was completed.';
comment on column public.log_integration_sessions.phq9_score is 'PHQ-9 sum score, 0-27, lower is better.';
comment on column public.log_integration_sessions.gad7_score is 'GAD-7 sum score, 0-21, lower is better.';
comment on column public.log_integration_sessions.whoqol_bref_score
is 'WHOQOL-BREF, transformed to 0-100, higher is better; the instrument itself has four domain scores and no total.';
comment on column public.log_integration_sessions.psqi_score is 'PSQI global score, 0-21, lower is better.';
comment on column public.log_integration_sessions.session_notes
is 'Free text, at most 4000 characters; identifiers are refused as far as they can be recognised, names cannot.';
comment on column public.log_integration_sessions.created_at
is 'When the row was written; set by the database for practitioners.';
comment on column public.log_integration_sessions.updated_at is 'When the row last changed.';
comment on constraint log_integration_sessions_session_number_positive on public.log_integration_sessions
is 'session_number counts from 1';
comment on constraint log_integration_sessions_session_type_known on public.log_integration_sessions
is 'session_type is one of the seven known types';
comment on constraint log_integration_sessions_completed_at_finite on public.log_integration_sessions
is 'completed_at is a finite time';
comment on constraint log_integration_sessions_phq9_score_range on public.log_integration_sessions
is 'phq9_score is between 0 and 27';
comment on constraint log_integration_sessions_gad7_score_range on public.log_integration_sessions
is 'gad7_score is between 0 and 21';
comment on constraint log_integration_sessions_whoqol_bref_score_range on public.log_integration_sessions
is 'whoqol_bref_score is between 0 and 100';
comment on constraint log_integration_sessions_psqi_score_range on public.log_integration_sessions
is 'psqi_score is between 0 and 21';
comment on constraint log_integration_sessions_session_notes_length on public.log_integration_sessions
is 'session_notes has at most 4000 characters';
comment on constraint log_integration_sessions_created_at_finite on public.log_integration_sessions
is 'created_at is a finite time';
comment on constraint log_integration_sessions_updated_at_finite on public.log_integration_sessions
is 'updated_at is a finite time';

create index idx_integration_sessions_session_id
on public.log_integration_sessions (session_id, session_date);
create index idx_integration_sessions_patient_id on public.log_integration_sessions (patient_id);
create index idx_integration_sessions_date on public.log_integration_sessions (session_date);
create index idx_integration_sessions_practitioner_id
on public.log_integration_sessions (practitioner_id, session_date);

-- Rows in -----------------------------------------------------------------------------------

create function public.journey_guard_integration_session() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_is_trusted_writer boolean := public.journey_is_trusted_writer(tg_relid);
begin
    if tg_op = 'INSERT' then
        perform public.journey_session_day(
            new.session_id, new.patient_id, new.practitioner_id, v_is_trusted_writer
        );
        perform public.journey_check_day('session_date', new.session_date);
        if v_is_trusted_writer then
            new.created_at := coalesce(new.created_at, now());
            new.updated_at := coalesce(new.updated_at, new.created_at);
        else
            new.created_at := now();
            new.updated_at := now();
        end if;
    else
        if (
            new.integration_session_id, new.session_id, new.patient_id, new.practitioner_id,
            new.session_number, new.session_date, new.session_type, new.created_at
        ) is distinct from (
            old.integration_session_id, old.session_id, old.patient_id, old.practitioner_id,
            old.session_number, old.session_date, old.session_type, old.created_at
        ) then
            raise exception 'log_integration_sessions keeps who, whose, what and when: '
                'only completion, scores and notes may change'
                using errcode = 'insufficient_privilege';
        end if;
        new.updated_at := now();
    end if;
    perform public.journey_check_text('session_notes', new.session_notes);
    return new;
end
$$;
comment on function public.journey_guard_integration_session()
is 'A new row belongs to its session; a changed row keeps who, whose, what and when.';
revoke all on function public.journey_guard_integration_session()
from public, anon, authenticated, service_role;

create trigger guard_integration_session
before insert or update on public.log_integration_sessions
for each row execute function public.journey_guard_integration_session();
create trigger refuse_delete
before delete on public.log_integration_sessions
for each row execute function public.journey_refuse_change();
create trigger refuse_truncate
before truncate on public.log_integration_sessions
for each statement execute function public.journey_refuse_change();
alter table public.log_integration_sessions enable always trigger guard_integration_session;
alter table public.log_integration_sessions enable always trigger refuse_delete;
alter table public.log_integration_sessions enable always trigger refuse_truncate;

-- Who may do what ---------------------------------------------------------------------------

alter table public.log_integration_sessions enable row level security;

create policy "Users can view own integration sessions"
on public.log_integration_sessions for select to authenticated
using ((select auth.uid()) = practitioner_id);

create policy "Users can insert own integration sessions"
on public.log_integration_sessions for insert to authenticated
with check ((select auth.uid()) = practitioner_id);

create policy "Users can update own integration sessions"
on public.log_integration_sessions for update to authenticated
using ((select auth.uid()) = practitioner_id)
with check ((select auth.uid()) = practitioner_id);

revoke all on public.log_integration_sessions from public, anon, authenticated, service_role;
grant select, insert, update on public.log_integration_sessions to authenticated, service_role;
