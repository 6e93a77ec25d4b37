-- Purpose: copies of a clinic's rows that the models read, and which sessions of them changed.
-- Needs:   001, 002.
-- Adds:    intake.touched_sessions and touched_keys; intake.keys, fingerprints and taken_in; the
--          functions intake.note_sessions(), derived_key(text, text), count_rows(text) and
--          analyze_copies(). `journey adopt` adds the copies, and take_in(), which fills them.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

-- A clock would lose what a long transaction commits late; its number is known to be still open.
create table intake.touched_sessions (
    session_id uuid not null,
    transaction_id bigint not null default pg_current_xact_id()::text::bigint,
    constraint touched_sessions_pkey primary key (transaction_id, session_id)
);
comment on table intake.touched_sessions
is 'One row per session and transaction that wrote, changed or deleted rows of it; removed once every mart has it.';
comment on column intake.touched_sessions.session_id
is 'The dosing session, which may be gone; the nil UUID for rows without a session.';
comment on column intake.touched_sessions.transaction_id is 'The transaction, as pg_current_xact_id() counts them.';

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

create table intake.keys (
    kind text not null,
    source_key text not null,
    key uuid not null,
    constraint keys_pkey primary key (kind, source_key)
);
create index idx_keys_key on intake.keys (key);
comment on table intake.keys
is 'One row per key of a session, patient or practitioner that is no UUID in the clinic''s tables.';
comment on column intake.keys.kind is 'session_id, patient_id or practitioner_id.';
comment on column intake.keys.source_key is 'The key as the clinic''s tables have it, as text.';
comment on column intake.keys.key is 'The UUID that stands for it from the copies on: intake.derived_key(kind, source_key).';

create table intake.fingerprints (
    relation text not null,
    source_key text not null,
    session_id uuid,
    checksum uuid not null,
    constraint fingerprints_pkey primary key (relation, source_key)
);
comment on table intake.fingerprints
is 'One row per relation and session: a hash of its rows when they were copied last.';
comment on column intake.fingerprints.relation is 'The relation, such as log_pulse_checks.';
comment on column intake.fingerprints.source_key
is 'The session''s key as the clinic''s tables have it, as text; empty for rows without a session.';
comment on column intake.fingerprints.session_id is 'The session''s key in the copies; NULL for rows without a session.';
comment on column intake.fingerprints.checksum is 'MD5 over the rows, whatever their order.';

create table intake.taken_in (
    relation text constraint taken_in_pkey primary key,
    rows bigint not null,
    taken_at timestamptz not null
);
comment on table intake.taken_in is 'One row per relation: what the last intake found in it.';
comment on column intake.taken_in.relation is 'The relation, such as log_pulse_checks.';
comment on column intake.taken_in.rows is 'Its rows, counted past row-level security where the owner of intake may.';
comment on column intake.taken_in.taken_at is 'The moment that the copies show.';

-- Runs as its owner: nobody who fills the copies may write the record of what changed.
create function intake.note_sessions() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op in ('INSERT', 'UPDATE') then
        insert into intake.touched_sessions (session_id)
        select distinct coalesce(new_rows.session_id, '00000000-0000-0000-0000-000000000000')
        from new_rows
        on conflict do nothing;
    end if;
    if tg_op in ('UPDATE', 'DELETE') then
        insert into intake.touched_sessions (session_id)
        select distinct coalesce(old_rows.session_id, '00000000-0000-0000-0000-000000000000')
        from old_rows
        on conflict do nothing;
    end if;
    return null;
end
$$;
comment on function intake.note_sessions()
is 'Notes the sessions whose rows a statement wrote, changed or deleted.';

-- RFC 9562, version 5. PostgreSQL itself has no SHA-1, and an extension is not everywhere.
create function intake.derived_key(p_kind text, p_source_key text) returns uuid
language plpgsql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_mask constant bigint := 4294967295;
    v_text bytea := '\x9eceddb38b7d5e4c9b15ea66e6933e16'::bytea
        || convert_to(p_kind || ' ' || p_source_key, 'UTF8');
    v_bits bigint := 8 * length(v_text);
    w bigint[];
    h bigint[] := array[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
    a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; x bigint;
begin
    v_text := v_text || '\x80'::bytea;
    v_text := v_text
        || decode(repeat('00', (120 - length(v_text) % 64) % 64), 'hex')
        || int8send(v_bits);
    for v_block in 0 .. length(v_text) / 64 - 1 loop
        for i in 0 .. 15 loop
            w[i] := (get_byte(v_text, 64 * v_block + 4 * i)::bigint << 24)
                | (get_byte(v_text, 64 * v_block + 4 * i + 1) << 16)
                | (get_byte(v_text, 64 * v_block + 4 * i + 2) << 8)
                | get_byte(v_text, 64 * v_block + 4 * i + 3);
        end loop;
        for i in 16 .. 79 loop
            x := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
            w[i] := ((x << 1) | (x >> 31)) & v_mask;
        end loop;
        a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
        for i in 0 .. 79 loop
            if i < 20 then
                f := ((b & c) | ((v_mask # b) & d)) + 1518500249;
            elsif i < 40 then
                f := (b # c # d) + 1859775393;
            elsif i < 60 then
                f := ((b & c) | (b & d) | (c & d)) + 2400959708;
            else
                f := (b # c # d) + 3395469782;
            end if;
            x := ((((a << 5) | (a >> 27)) & v_mask) + f + e + w[i]) & v_mask;
            e := d; d := c; c := ((b << 30) | (b >> 2)) & v_mask; b := a; a := x;
        end loop;
        h := array[
            (h[1] + a) & v_mask, (h[2] + b) & v_mask, (h[3] + c) & v_mask,
            (h[4] + d) & v_mask, (h[5] + e) & v_mask
        ];
    end loop;
    -- The first 128 bits, with the version and the variant.
    h[2] := (h[2] & 4294905855) | 20480;
    h[3] := (h[3] & 1073741823) | 2147483648;
    return (
        lpad(to_hex(h[1]), 8, '0') || lpad(to_hex(h[2]), 8, '0')
        || lpad(to_hex(h[3]), 8, '0') || lpad(to_hex(h[4]), 8, '0')
    )::uuid;
end
$$;
comment on function intake.derived_key(text, text)
is 'The version-5 UUID of a key that is none: of the name "kind key" in the namespace 9eceddb3-8b7d-5e4c-9b15-ea66e6933e16.';

-- As the intake counted them: later rows are not in the copies.
create function intake.count_rows(p_table text) returns bigint
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce((select t.rows from intake.taken_in as t where t.relation = p_table), 0)
$$;
comment on function intake.count_rows(text) is 'Rows that the last intake found in a relation.';

-- Only an owner may; without it the planner takes a copy that was just filled for an empty one.
create function intake.analyze_copies() returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_table text;
begin
    for v_table in
        select c.relname::text
        from pg_catalog.pg_class as c
        where c.relnamespace = 'intake'::regnamespace and c.relkind = 'r'
            and (c.relname like 'log\_%' or c.relname in ('keys', 'fingerprints'))
    loop
        execute pg_catalog.format('analyze intake.%I', v_table);
    end loop;
end
$$;
comment on function intake.analyze_copies() is 'Takes statistics of the copies.';

revoke all on
    intake.touched_sessions, intake.touched_keys, intake.keys, intake.fingerprints, intake.taken_in
from public;
grant select, delete on intake.touched_sessions to journey_pipeline;
grant select, insert, delete on
    intake.touched_keys, intake.keys, intake.fingerprints, intake.taken_in
to journey_pipeline;
revoke all on function
    intake.note_sessions(), intake.derived_key(text, text), intake.count_rows(text),
    intake.analyze_copies()
from public;
grant execute on function
    intake.derived_key(text, text), intake.count_rows(text), intake.analyze_copies()
to journey_pipeline;
