-- Purpose: which sessions changed, so that a run builds only those anew.
-- Needs:   048, 049.
-- Adds:    schema intake with intake.touched_sessions, written by triggers on the four operational
--          tables; quality.built_tables, what each table of the marts shows.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

-- Not the pipeline's: who drops its schemas to build them anew must not stop the clinic's writes.
create schema intake;
comment on schema intake is 'Which sessions changed since the marts were built: keys only, for the pipeline.';
revoke all on schema intake from public, anon, authenticated, service_role;
grant usage on schema intake to journey_pipeline;

-- A clock would lose what a long transaction commits late; its number is known to be still open.
create table intake.touched_sessions (
    session_id uuid not null,
    transaction_id bigint not null default pg_current_xact_id()::text::bigint,
    constraint touched_sessions_pkey primary key (transaction_id, session_id)
);
comment on table intake.touched_sessions
is 'One row per session and transaction that wrote, changed or deleted rows of it; removed once every mart has it.';
comment on column intake.touched_sessions.session_id is 'The dosing session; it may be gone.';
comment on column intake.touched_sessions.transaction_id is 'The transaction, as pg_current_xact_id() counts them.';
revoke all on intake.touched_sessions from public, anon, authenticated, service_role;
grant select, delete on intake.touched_sessions to journey_pipeline;

-- Runs as its owner: nobody who writes a session's rows may read or write the record of them.
create function intake.note_sessions() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op in ('INSERT', 'UPDATE') then
        insert into intake.touched_sessions (session_id)
        select distinct new_rows.session_id from new_rows where new_rows.session_id is not null
        on conflict do nothing;
    end if;
    if tg_op in ('UPDATE', 'DELETE') then
        insert into intake.touched_sessions (session_id)
        select distinct old_rows.session_id from old_rows where old_rows.session_id is not null
        on conflict do nothing;
    end if;
    return null;
end
$$;
comment on function intake.note_sessions()
is 'Notes the sessions whose rows a statement wrote, changed or deleted.';
revoke all on function intake.note_sessions() from public, anon, authenticated, service_role;

do $$
declare
    v_table text;
    v_operation text;
    v_rows text;
begin
    foreach v_table in array array[
        'log_sessions', 'log_integration_sessions', 'log_behavioral_changes', 'log_pulse_checks'
    ] loop
        for v_operation, v_rows in
            values
            ('insert', 'new table as new_rows'),
            ('update', 'old table as old_rows new table as new_rows'),
            ('delete', 'old table as old_rows')
        loop
            execute pg_catalog.format(
                'create trigger note_%1$s after %1$s on public.%2$I referencing %3$s '
                'for each statement execute function intake.note_sessions()',
                v_operation, v_table, v_rows
            );
            execute pg_catalog.format(
                'alter table public.%I enable always trigger note_%s', v_table, v_operation
            );
        end loop;
    end loop;
end
$$;

create table quality.built_tables (
    relation text constraint built_tables_pkey primary key,
    relation_oid bigint,
    run_id uuid not null,
    as_of date,
    definition uuid not null,
    source_state uuid,
    since_transaction bigint
);
comment on table quality.built_tables
is 'One row per table or view that dbt makes: what it shows. Written in the transaction that builds it.';
comment on column quality.built_tables.relation is 'The table or view, with its schema.';
comment on column quality.built_tables.relation_oid
is 'The table that this is about; NULL where it is made anew by each run.';
comment on column quality.built_tables.run_id is 'The run that built it last; in quality.runs once that has ended.';
comment on column quality.built_tables.as_of is 'The day that it shows; NULL when it is the same on every day.';
comment on column quality.built_tables.definition is 'Hash of its SQL, its columns and of all that it is built from.';
comment on column quality.built_tables.source_state
is 'Hash of the server and of the state of the operational tables'' triggers; NULL where it is made anew by each run.';
comment on column quality.built_tables.since_transaction
is 'Every transaction of intake.touched_sessions before this one is in it; NULL for what is never behind.';
alter table quality.built_tables owner to journey_pipeline;
grant select on quality.built_tables to journey_restricted, journey_analyst;
