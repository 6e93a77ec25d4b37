-- Purpose: what each table of the marts held when it was built, so that the next run notices rows
--          that something else changed.
-- Needs:   052.
-- Adds:    quality.built_contents; quality.built_tables.next_bucket and mended_by.

set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';

create table quality.built_contents (
    relation text not null,
    bucket bigint not null,
    rows bigint not null,
    checksum numeric not null,
    constraint built_contents_pkey primary key (relation, bucket)
);
comment on table quality.built_contents
is 'One row per table and bucket of its keys: how many rows were built, and their checksum.';
comment on column quality.built_contents.relation is 'The table, with its schema.';
comment on column quality.built_contents.bucket
is '0 to 31, from a hash of the key; 0 for every row of a table that is built whole.';
comment on column quality.built_contents.rows is 'Rows of the bucket.';
comment on column quality.built_contents.checksum
is 'Sum of a 64-bit hash of each row; a row that is added or removed changes it by its own hash.';
alter table quality.built_contents owner to journey_pipeline;
-- Not the analysts': the numbers of rows tell of small groups.
grant select on quality.built_contents to journey_restricted;

alter table quality.built_tables
add column next_bucket bigint not null default 0,
add column mended_by uuid;
comment on column quality.built_tables.next_bucket
is 'The bucket of quality.built_contents with which the next comparison begins.';
comment on column quality.built_tables.mended_by
is 'The last run that found other rows than were built, and built the table whole; NULL if none did.';
