-- Purpose: an application may send a row of log_integration_sessions back as it has read it.
-- Needs:   044 (the table, its trigger and the shared guards).
-- Changes: public.journey_guard_integration_session(). An upsert by a practitioner may name the
--          created_at that is stored, and a row that stays the same keeps its updated_at.
--          Owner, grants and triggers stay as they are.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

create or replace function public.journey_guard_integration_session() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
-- An error instead of a lookup that silently finds nothing.
set row_security = off
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
            -- An upsert comes here before its conflict is seen. The stored created_at passes only
            -- while the caller's own row of this key holds it. The lock keeps that row until the
            -- transaction ends, so this row always meets the conflict and is never stored as new.
            perform
            from public.log_integration_sessions as s
            where s.integration_session_id = new.integration_session_id
                and s.practitioner_id = new.practitioner_id
                and s.created_at = new.created_at
            for key share;
            if not found then
                new.created_at := now();
            end if;
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
        new.updated_at := old.updated_at;
        if new is distinct from old then
            new.updated_at := now();
        end if;
    end if;
    perform public.journey_check_text('session_notes', new.session_notes);
    return new;
end
$$;
comment on function public.journey_guard_integration_session()
is 'A new row belongs to its session; a changed row keeps who, whose, what and when; an unchanged row stays as it is.';
