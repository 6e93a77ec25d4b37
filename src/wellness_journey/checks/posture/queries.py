"""What tables, policies, triggers and functions of ours there are: a query for each kind of fact.

Each returns a name, unique in its kind, and what is there under that name: a text, or several by
their keys. `facts.read` puts `OURS` before each, and words for what stands in braces.
PostgreSQL 15 to 18 answer alike: rows for NOT NULL constraints, which 18 adds, are left out, and an
owner's own rights, of which 17 has one more. Names are qualified, because
everything but pg_catalog is taken from the search path.
"""

from __future__ import annotations

# Relations of ours: all of some schemas, and those of others that are named.
OURS = """
    ours as (
        select
            c.*,
            n.nspname,
            quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name,
            n.nspname = any(%(built)s) as is_built
        from pg_class as c
        inner join pg_namespace as n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
            and (
                n.nspname = any(%(whole)s)
                or quote_ident(n.nspname) || '.' || quote_ident(c.relname) = any(%(tables)s)
            )
    ),
    routines as (
        select
            p.*,
            n.nspname,
            quote_ident(n.nspname) || '.' || quote_ident(p.proname)
            || '(' || oidvectortypes(p.proargtypes) || ')' as name
        from pg_proc as p
        inner join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = any(%(whole)s)
            or quote_ident(n.nspname) || '.' || quote_ident(p.proname) = any(%(functions)s)
    ),
    schemas as (
        select n.*, quote_ident(n.nspname) as name
        from pg_namespace as n
        where n.nspname = any(%(whole)s) or n.nspname = any(%(named)s)
    )
"""

QUERIES = {
    "tables": """
        select o.name, jsonb_build_object(
            'kind', {kind},
            'kept', case o.relpersistence when 'p' then 'logged' else 'unlogged' end,
            'replica identity', case o.relreplident
                when 'd' then 'default' when 'n' then 'nothing' when 'f' then 'full' else 'index'
            end
        )
        from ours as o
        where not o.is_built
    """,
    "row-level security": """
        select o.name, case when o.relforcerowsecurity then 'on, and forced' else 'on' end
        from ours as o
        where o.relrowsecurity or o.relforcerowsecurity
    """,
    "columns": """
        select quote_ident(a.attname) || ' on ' || o.name, jsonb_build_object(
            'type', format_type(a.atttypid, a.atttypmod) || case
                when a.attcollation <> t.typcollation
                    then ' collate ' || a.attcollation::regcollation::text
                else ''
            end,
            'nullable', not a.attnotnull or exists (
                select from pg_constraint as n
                where n.conrelid = a.attrelid and n.contype = 'n' and not n.convalidated
                    and n.conkey = array[a.attnum]
            ),
            'default', case
                when a.attidentity <> '' then 'identity'
                when a.attgenerated <> '' then 'generated ' || pg_get_expr(d.adbin, d.adrelid)
                else pg_get_expr(d.adbin, d.adrelid)
            end
        )
        from ours as o
        inner join pg_attribute as a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
        inner join pg_type as t on t.oid = a.atttypid
        left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where not o.is_built
    """,
    # Before PostgreSQL 16 the columns of a view of one relation are told with its name.
    "views": """
        select o.name, jsonb_build_object(
            'definition', case
                when reads.relations = 1
                    then replace(pg_get_viewdef(o.oid), quote_ident(reads.relname) || '.', '')
                else pg_get_viewdef(o.oid)
            end,
            'options', coalesce(array_to_string(o.reloptions, ', '), '')
        )
        from ours as o
        cross join lateral (
            select count(distinct c.oid) as relations, min(c.relname) as relname
            from pg_rewrite as w
            inner join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
            inner join pg_class as c on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
            where w.ev_class = o.oid and c.oid <> o.oid
        ) as reads
        where o.relkind in ('v', 'm') and not o.is_built
    """,
    "constraints": """
        select quote_ident(k.conname) || ' on ' || o.name, pg_get_constraintdef(k.oid)
        from ours as o
        inner join pg_constraint as k on k.conrelid = o.oid
        where k.contype <> 'n' and not o.is_built
    """,
    "indexes": """
        select quote_ident(o.nspname) || '.' || quote_ident(c.relname) || ' on ' || o.name,
            pg_get_indexdef(i.indexrelid)
            || case when i.indisvalid and i.indisready then '' else ' (not valid)' end
        from ours as o
        inner join pg_index as i on i.indrelid = o.oid
        inner join pg_class as c on c.oid = i.indexrelid
        where not o.is_built
            and not exists (select from pg_constraint as k where k.conindid = i.indexrelid)
    """,
    "inheritance": """
        select child.oid::regclass::text || ' on ' || parent.oid::regclass::text, 'inherits'
        from pg_inherits as h
        inner join pg_class as child on child.oid = h.inhrelid
        inner join pg_class as parent on parent.oid = h.inhparent
        where child.relkind not in ('i', 'I')
            and (h.inhparent in (select oid from ours) or h.inhrelid in (select oid from ours))
    """,
    "policies": """
        select
            quote_ident(p.polname) || ' on ' || o.name,
            'create policy ' || quote_ident(p.polname) || ' on ' || o.name
            || case when p.polpermissive then '' else ' as restrictive' end
            || case p.polcmd
                when 'r' then ' for select' when 'a' then ' for insert' when 'w' then ' for update'
                when 'd' then ' for delete' else ' for all'
            end
            || ' to ' || (
                select string_agg(
                    case
                        when r.role = 0 then 'public' else quote_ident(pg_get_userbyid(r.role))
                    end,
                    ', ' order by pg_get_userbyid(r.role)
                )
                from unnest(p.polroles) as r (role)
            )
            || coalesce(' using (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
            || coalesce(' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
        from ours as o
        inner join pg_policy as p on p.polrelid = o.oid
    """,
    # Foreign keys are enforced by triggers of their own: these are here only when they are off.
    "triggers": """
        select quote_ident(t.tgname) || ' on ' || o.name, jsonb_build_object(
            'definition', case when t.tgisinternal then '' else pg_get_triggerdef(t.oid) end,
            'state', case t.tgenabled
                when 'A' then 'always' when 'R' then 'replica' when 'D' then 'off' else 'origin'
            end
        )
        from ours as o
        inner join pg_trigger as t on t.tgrelid = o.oid
        where not t.tgisinternal or t.tgenabled not in ('O', 'A')
    """,
    "rules": """
        select quote_ident(w.rulename) || ' on ' || o.name, pg_get_ruledef(w.oid)
        from ours as o
        inner join pg_rewrite as w on w.ev_class = o.oid
        where w.rulename <> '_RETURN'
    """,
    "event triggers": """
        select quote_ident(e.evtname), e.evtevent
        from pg_event_trigger as e
        inner join pg_proc as p on p.oid = e.evtfoid
        inner join pg_namespace as n on n.oid = p.pronamespace
        where not n.nspname = any(%(supabase)s)
            and not exists (
                select from pg_depend as d
                where d.classid = 'pg_event_trigger'::regclass and d.objid = e.oid
                    and d.deptype = 'e'
            )
    """,
    "functions": """
        select r.name, case
            when r.prokind = 'a' then 'aggregate'
            else replace(pg_get_functiondef(r.oid), chr(13), '')
        end
        from routines as r
    """,
    "owners": """
        select {kind} || ' ' || o.name, quote_ident(pg_get_userbyid(o.relowner))
        from ours as o
        union all
        select 'schema ' || s.name, quote_ident(pg_get_userbyid(s.nspowner))
        from schemas as s
        where s.nspname <> 'public'
        union all
        select 'routine ' || r.name, quote_ident(pg_get_userbyid(r.proowner))
        from routines as r
    """,
}
