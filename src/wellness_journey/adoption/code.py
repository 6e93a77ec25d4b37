"""The SQL that makes the copies of a clinic's rows, and the function that fills them.

The function names the clinic's relations in its text alone: no view or foreign key of ours keeps
the clinic from changing them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wellness_journey.adoption import copies
from wellness_journey.adoption.contract import Column, Contract, Relation
from wellness_journey.adoption.found import Found
from wellness_journey.adoption.sources import Sources, rows_of
from wellness_journey.adoption.words import identifier, literal

# Keys that other rows refer to; where they are no UUIDs, intake.keys has the UUID of each.
_SHARED_KEYS = ("session_id", "patient_id", "practitioner_id")


def statements(contract: Contract, sources: Sources) -> list[str]:
    """What `journey adopt` runs after the migrations; to run it again changes nothing."""
    made = [one for relation in contract.relations.values() for one in copies.made(relation)]
    return [*made, _count_source_rows(contract, sources), *_take_in(contract, sources)]


def bodies(contract: Contract, sources: Sources) -> dict[str, str]:
    """The bodies of the functions that read the clinic's relations, by name."""
    made = (_count_source_rows(contract, sources), next(_take_in(contract, sources)))
    return {
        one.partition("function intake.")[2].partition("(")[0]: one.split("$$")[1] for one in made
    }


def _count_source_rows(contract: Contract, sources: Sources) -> str:
    cases = "".join(
        f"        when {literal(name)} then\n"
        f"            select count(*) into v_rows from {rows_of(relation, sources)} as source;\n"
        for name, relation in contract.relations.items()
        if name in sources.found
    )
    return f"""\
create or replace function intake.count_source_rows(p_relation text) returns bigint
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
    v_rows bigint;
begin
    case p_relation
{cases}    end case;
    return v_rows;
end
$$"""


def _take_in(contract: Contract, sources: Sources) -> Iterator[str]:
    relations = [one for one in contract.relations.values() if one.name in sources.found]
    body = "\n".join(_take_in_relation(one, sources) for one in relations)
    everything = "".join(f"        delete from intake.{name};\n" for name in contract.relations)
    gone = "\n".join(_forget(name) for name in contract.relations if name not in sources.found)
    yield f"""\
create or replace function intake.take_in(p_everything boolean default false) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set datestyle = 'ISO, YMD'
set timezone = 'UTC'
set extra_float_digits = 1
set row_security = on
as $$
declare
    v_rows bigint;
    v_changed bigint := 0;
    v_gone bigint := 0;
begin
    if current_setting('transaction_isolation') not in ('repeatable read', 'serializable') then
        raise exception 'intake.take_in() needs a transaction in repeatable read: without it a row '
            'that is written between two of its reads would be lost';
    end if;
    if p_everything then
{everything}        delete from intake.fingerprints;
    end if;
{body}
{gone}
    -- A key that no row has any more is a deleted person's.
    if v_gone > 0 or p_everything then
        delete from intake.keys as k
        where not exists (
            select
            from (
{_keys_used(contract)}
            ) as used
            where used.key = k.key
        );
    end if;
    if 10 * v_changed > (select count(*) from intake.fingerprints) then
        perform intake.analyze_copies();
    end if;
end
$$"""
    yield (
        "comment on function intake.take_in(boolean) is 'Copies the sessions whose rows changed "
        "since the last call, or all of them; to be called in repeatable read.'"
    )
    yield (
        "comment on function intake.count_source_rows(text) is 'Rows of a relation of the clinic, "
        "past row-level security.'"
    )
    both = "intake.take_in(boolean), intake.count_source_rows(text)"
    yield f"revoke all on function {both} from public"
    yield f"grant execute on function {both} to journey_pipeline"


def _take_in_relation(relation: Relation, sources: Sources) -> str:
    found = sources.found[relation.name]
    name, source = relation.name, rows_of(relation, sources)
    copied = [column for column in relation.columns.values() if column.copied_as]
    raw = ",\n                ".join(_raw(column, found, sources) for column in copied)
    columns = ", ".join(column.name for column in copied)
    key_columns = [one for one in copied if one.name in _SHARED_KEYS and _is_derived(one, found)]
    joins = "".join(
        f"\n    left join intake.keys as {column.name}_keys\n"
        f"        on {column.name}_keys.kind = '{column.name}' "
        f"and {column.name}_keys.source_key = rows.{column.name}"
        for column in key_columns
    )
    values = ",\n        ".join(_copied(column, found) for column in copied)
    derived = "".join(
        f"""
    insert into intake.keys (kind, source_key, key)
    select
        '{column.name}',
        rows.{column.name},
        intake.derived_key('{column.name}', rows.{column.name})
    from (select distinct {column.name} from pg_temp.rows_of_{name}) as rows
    where rows.{column.name} is not null
    on conflict do nothing;"""
        for column in key_columns
    )
    session_key = (
        "(select k.key from intake.keys as k where k.kind = 'session_id' "
        "and k.source_key = touched.source_key)"
        if _is_derived(relation.columns["session_id"], found)
        else "nullif(touched.source_key, '')::uuid"
    )
    return f"""
    -- {name}
    create temporary table found_{name} on commit drop as
    select
        coalesce(session_id::text, '') as source_key,
        md5(string_agg(md5(rows::text), '' order by md5(rows::text) collate "C"))::uuid
            as checksum,
        count(*) as rows
    from (
        select
                {raw}
        from {source} as source
    ) as rows
    group by 1;
    create temporary table touched_{name} on commit drop as
    select
        coalesce(found.source_key, known.source_key) as source_key,
        known.session_id
    from pg_temp.found_{name} as found
    full join (
        select * from intake.fingerprints where relation = '{name}'
    ) as known on found.source_key = known.source_key
    where found.checksum is distinct from known.checksum;
    create temporary table rows_of_{name} on commit drop as
    select rows.*
    from (
        select
                {raw}
        from {source} as source
    ) as rows
    where coalesce(rows.session_id::text, '') in (
        select touched.source_key from pg_temp.touched_{name} as touched
    );{derived}
    delete from intake.{name} as copy
    using pg_temp.touched_{name} as touched
    where copy.session_id = touched.session_id;
    delete from intake.{name} as copy
    where copy.session_id is null
        and exists (select from pg_temp.touched_{name} as touched where touched.source_key = '');
    insert into intake.{name} ({columns})
    select
        {values}
    from pg_temp.rows_of_{name} as rows{joins};
    delete from intake.fingerprints as known
    using pg_temp.touched_{name} as touched
    where known.relation = '{name}' and known.source_key = touched.source_key;
    insert into intake.fingerprints (relation, source_key, session_id, checksum)
    select '{name}', found.source_key, {session_key}, found.checksum
    from pg_temp.found_{name} as found
    inner join pg_temp.touched_{name} as touched on found.source_key = touched.source_key;
    select coalesce(sum(found.rows), 0) into v_rows from pg_temp.found_{name} as found;
    begin
        v_rows := intake.count_source_rows('{name}');
    exception when insufficient_privilege then
        null;
    end;
    delete from intake.taken_in where relation = '{name}';
    insert into intake.taken_in (relation, rows, taken_at) values ('{name}', v_rows, now());
    v_changed := v_changed + (select count(*) from pg_temp.touched_{name});
    v_gone := v_gone + (
        select count(*) from pg_temp.touched_{name} as touched
        where not exists (
            select from pg_temp.found_{name} as found where found.source_key = touched.source_key
        )
    );"""


def _forget(name: str) -> str:
    return f"""
    -- {name}: the clinic has none.
    delete from intake.{name};
    delete from intake.fingerprints where relation = '{name}';
    delete from intake.taken_in where relation = '{name}';"""


def _keys_used(contract: Contract) -> str:
    return "\n                union all\n".join(
        f"                select {column} as key from intake.{relation.name}"
        for relation in contract.relations.values()
        for column in _SHARED_KEYS
        if column in relation.columns
    )


# Columns -------------------------------------------------------------------------------------


def _raw(column: Column, found: Found, sources: Sources) -> str:
    """A column of the clinic as text that no setting changes, or as the type of the copy."""
    there = found.types.get(column.name)
    source = f"source.{identifier(column.name)}"
    if there is None:
        return f"null::{column.copied_as} as {column.name}"
    match column.kind:
        case "key":
            # Of `character` the padding is no part of the key.
            text = source if there == "uuid" else f"nullif({source}::text, '')"
        case "day" if there == "timestamp with time zone":
            text = f"({source} at time zone {literal(sources.time_zone)})::date"
        case "day":
            text = f"{source}::date"
        case "time" if there == "timestamp without time zone":
            text = f"{source} at time zone 'UTC'"
        case "count":
            text = (
                f"case when {source} between -2147483648 and 2147483647 "
                f"and {source} = trunc({source}::numeric) then {source}::integer end"
            )
        case "code" if column.name in sources.codes:
            text = _coded(source, sources.codes[column.name])
        case "number" | "code":
            text = f"{source}::{column.copied_as}"
        case _:
            text = source
    return f"{text} as {column.name}"


def _copied(column: Column, found: Found) -> str:
    if column.kind != "key" or not _is_derived(column, found):
        return f"rows.{column.name}"
    if column.name in _SHARED_KEYS:
        return f"{column.name}_keys.key"
    return f"intake.derived_key('{column.name}', rows.{column.name})"


def _is_derived(column: Column, found: Found) -> bool:
    """Whether the clinic's key is no UUID."""
    return column.name in found.types and found.types[column.name] != "uuid"


def _coded(source: str, codes: Mapping[str, str]) -> str:
    """A code of the clinic's as ours; one without a line stays, and is quarantined if unknown."""
    cases = " ".join(
        f"when {literal(theirs)} then {literal(ours)}" for theirs, ours in codes.items()
    )
    return f"case {source}::text {cases} else {source}::text end"
