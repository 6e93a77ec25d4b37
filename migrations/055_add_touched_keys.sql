-- Purpose: a table that is kept by patient, or by another key than the session, is told which keys
--          changed.
-- Needs:   052.
-- Adds:    intake.touched_keys, written by the pipeline while it builds the tables that know these
--          keys.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

-- No unique key: two models that announce the same keys in another order would wait for each other.
create table intake.touched_keys (
    touched_key_id uuid default gen_random_uuid() constraint touched_keys_pkey primary key,
    key_column text not null,
    key text,
    transaction_id bigint not null
);
create index idx_touched_keys_transaction_id on intake.touched_keys (transaction_id);
comment on table intake.touched_keys
is 'One row per key that a table announced to the tables kept by it; removed once every mart has it.';
comment on column intake.touched_keys.touched_key_id is 'Key of the row.';
comment on column intake.touched_keys.key_column is 'The column that it is a value of, such as patient_id.';
comment on column intake.touched_keys.key is 'The value that changed, as text; NULL for all of them.';
comment on column intake.touched_keys.transaction_id
is 'The transaction that touched it, as in intake.touched_sessions; where the day moved, one that its readers lack.';
revoke all on intake.touched_keys from public, anon, authenticated, service_role;
grant select, insert, delete on intake.touched_keys to journey_pipeline;
