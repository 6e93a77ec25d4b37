"""What is asked of the system catalogue, a query for each kind of fact. Each returns a name, unique
in its kind, and what is there under that name: a text, or several by their keys.

PostgreSQL 15 to 18 answer alike: rows for NOT NULL constraints, which 18 adds, are left out, and an
owner's own rights, of which 17 has one more. Names are qualified, because `facts.read` takes
everything but pg_catalog from the search path.
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

_KIND = """
    case {0}.relkind
        when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
        when 'S' then 'sequence' else 'table'
    end
"""

_GRANTEE = (
    "case when acl.grantee = 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(acl.grantee)) end"
)
_RIGHTS = """
    string_agg(
        distinct (
            lower(acl.privilege_type)
            || case when acl.is_grantable then ' with grant option' else '' end
        ) collate "C",
        ', '
    )
"""

QUERIES = {
    "tables": f"""
        select o.name, jsonb_build_object(
            'kind', {_KIND.format("o")},
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
                    case when r.role = 0 then 'public' else quote_ident(pg_get_userbyid(r.role)) end,
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
    "owners": f"""
        select {_KIND.format("o")} || ' ' || o.name, quote_ident(pg_get_userbyid(o.relowner))
        from ours as o
        union all
        select 'schema ' || s.name, quote_ident(pg_get_userbyid(s.nspowner))
        from schemas as s
        where s.nspname <> 'public'
        union all
        select 'routine ' || r.name, quote_ident(pg_get_userbyid(r.proowner))
        from routines as r
    """,
    "grants": f"""
        select
            case when o.relkind = 'S' then 'sequence ' else 'table ' end || o.name
            || ' to ' || {_GRANTEE},
            {_RIGHTS}
        from ours as o
        cross join aclexplode(
            coalesce(
                o.relacl,
                acldefault((case when o.relkind = 'S' then 's' else 'r' end)::"char", o.relowner)
            )
        ) as acl
        where acl.grantee <> o.relowner
        group by o.relkind, o.name, acl.grantee
        union all
        select 'column ' || quote_ident(a.attname) || ' on ' || o.name || ' to ' || {_GRANTEE},
            {_RIGHTS}
        from ours as o
        inner join pg_attribute as a on a.attrelid = o.oid
        cross join aclexplode(a.attacl) as acl
        where acl.grantee <> o.relowner
        group by a.attname, o.name, acl.grantee
        union all
        select 'routine ' || r.name || ' to ' || {_GRANTEE}, {_RIGHTS}
        from routines as r
        cross join aclexplode(coalesce(r.proacl, acldefault('f', r.proowner))) as acl
        where acl.grantee <> r.proowner
        group by r.name, acl.grantee
        union all
        -- Anybody may look into the schema public; nobody may make something there.
        select 'schema ' || s.name || ' to ' || {_GRANTEE}, {_RIGHTS}
        from schemas as s
        cross join aclexplode(coalesce(s.nspacl, acldefault('n', s.nspowner))) as acl
        left join pg_roles as r on r.oid = acl.grantee
        where acl.grantee <> s.nspowner
            and not coalesce(r.rolsuper and not r.rolname = any(%(roles)s), false)
            and (
                s.nspname <> 'public'
                or acl.privilege_type = 'CREATE'
                or r.rolname = 'journey_pipeline'
            )
        group by s.name, acl.grantee
        union all
        select 'database ' || quote_ident(d.datname) || ' to ' || {_GRANTEE}, {_RIGHTS}
        from pg_database as d
        cross join aclexplode(d.datacl) as acl
        left join pg_roles as r on r.oid = acl.grantee
        where d.datname = current_database() and acl.privilege_type = 'CREATE'
            and (acl.grantee = 0 or r.rolname = any(%(roles)s))
        group by d.datname, acl.grantee
    """,
    "default privileges": f"""
        select
            'for role ' || quote_ident(pg_get_userbyid(d.defaclrole))
            || coalesce(' in schema ' || quote_ident(n.nspname), '')
            || ' on ' || case d.defaclobjtype
                when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
                when 'T' then 'types' when 'n' then 'schemas' else 'large objects'
            end
            || ' to ' || {_GRANTEE},
            {_RIGHTS}
        from pg_default_acl as d
        left join pg_namespace as n on n.oid = d.defaclnamespace
        cross join aclexplode(d.defaclacl) as acl
        left join pg_roles as r on r.oid = acl.grantee
        where acl.grantee <> d.defaclrole
            and (
                acl.grantee = 0 or r.rolname = any(%(roles)s)
                or n.oid is null or n.nspname = 'public' or n.nspname = any(%(whole)s)
            )
            and not coalesce(n.nspname = any(%(supabase)s), false)
            -- What holds without any default: functions and types are PUBLIC's.
            and not (
                n.oid is null and acl.grantee = 0 and not acl.is_grantable
                and (d.defaclobjtype, acl.privilege_type) in (('f', 'EXECUTE'), ('T', 'USAGE'))
            )
            -- Supabase's own, without which its users' tables would not be in the API.
            and not (
                exists (select from pg_roles as s where s.rolname = 'supabase_admin')
                and coalesce(n.nspname = 'public', false)
                and pg_get_userbyid(d.defaclrole) in ('postgres', 'supabase_admin')
                and r.rolname in ('postgres', 'anon', 'authenticated', 'service_role')
            )
        group by d.defaclrole, n.nspname, d.defaclobjtype, acl.grantee
    """,
    "publications": """
        select
            'publication ' || quote_ident(p.pubname),
            case
                when p.puballtables then '["all tables"]'
                else jsonb_agg(distinct one.part)
            end
        from pg_publication as p
        left join lateral (
            select 'table ' || o.name as part
            from pg_publication_rel as r
            inner join ours as o on o.oid = r.prrelid
            where r.prpubid = p.oid
            union all
            select 'tables in schema ' || s.name
            from pg_publication_namespace as r
            inner join schemas as s on s.oid = r.pnnspid
            where r.pnpubid = p.oid
        ) as one on true
        where p.puballtables or one.part is not null
        group by p.pubname, p.puballtables
        union all
        select 'subscription ' || quote_ident(s.subname), jsonb_agg('table ' || o.name)
        from pg_subscription as s
        inner join pg_subscription_rel as r on r.srsubid = s.oid
        inner join ours as o on o.oid = r.srrelid
        group by s.subname
    """,
    # Settings that switch off triggers or load a library into a session.
    "settings": """
        select
            one.name || case
                when s.setrole <> 0 and s.setdatabase <> 0 then
                    ' for role ' || quote_ident(pg_get_userbyid(s.setrole))
                    || ' in database ' || quote_ident(current_database())
                when s.setrole <> 0 then ' for role ' || quote_ident(pg_get_userbyid(s.setrole))
                else ' for database ' || quote_ident(current_database())
            end,
            'set'
        from pg_db_role_setting as s
        cross join lateral (
            select split_part(setting, '=', 1) as name from unnest(s.setconfig) as setting
        ) as one
        where (
            s.setdatabase = (select d.oid from pg_database as d where d.datname = current_database())
            or s.setdatabase = 0 and s.setrole <> 0
        )
        and (
            lower(one.name) = 'session_replication_role'
            or lower(one.name) in ('role', 'row_security', 'local_preload_libraries')
            and pg_get_userbyid(s.setrole) = any(%(roles)s)
        )
        union all
        select 'session_replication_role for the server', 'set'
        where current_setting('session_replication_role') <> 'origin'
        union all
        select
            'right to set ' || quote_ident(p.parname) || ' to ' || {grantee},
            {rights}
        from pg_parameter_acl as p
        cross join aclexplode(p.paracl) as acl
        left join pg_roles as r on r.oid = acl.grantee
        where lower(p.parname) in ('session_replication_role', 'session_preload_libraries')
            and not coalesce(r.rolsuper, false)
        group by p.parname, acl.grantee
    """.replace("{grantee}", _GRANTEE).replace("{rights}", _RIGHTS),
}
