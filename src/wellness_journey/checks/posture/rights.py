"""Who has which right, now and by default, where rows go, and what switches guards off.

As in `queries`, each returns a name and what is there under that name.
"""

from __future__ import annotations

QUERIES = {
    "grants": """
        select
            case when o.relkind = 'S' then 'sequence ' else 'table ' end || o.name
            || ' to ' || {grantee},
            {rights}
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
        select 'column ' || quote_ident(a.attname) || ' on ' || o.name || ' to ' || {grantee},
            {rights}
        from ours as o
        inner join pg_attribute as a on a.attrelid = o.oid
        cross join aclexplode(a.attacl) as acl
        where acl.grantee <> o.relowner
        group by a.attname, o.name, acl.grantee
        union all
        select 'routine ' || r.name || ' to ' || {grantee}, {rights}
        from routines as r
        cross join aclexplode(coalesce(r.proacl, acldefault('f', r.proowner))) as acl
        where acl.grantee <> r.proowner
        group by r.name, acl.grantee
        union all
        -- Anybody may use the schema public; nobody else may make something there.
        select 'schema ' || s.name || ' to ' || {grantee}, {rights}
        from schemas as s
        cross join aclexplode(coalesce(s.nspacl, acldefault('n', s.nspowner))) as acl
        left join pg_roles as r on r.oid = acl.grantee
        where acl.grantee <> s.nspowner
            and not coalesce(r.rolsuper and not r.rolname = any(%(roles)s), false)
            and (s.nspname <> 'public' or acl.privilege_type = 'CREATE')
        group by s.name, acl.grantee
        union all
        select 'database ' || quote_ident(d.datname) || ' to ' || {grantee}, {rights}
        from pg_database as d
        cross join aclexplode(d.datacl) as acl
        left join pg_roles as r on r.oid = acl.grantee
        where d.datname = current_database() and acl.privilege_type = 'CREATE'
            and (acl.grantee = 0 or r.rolname = any(%(roles)s))
        group by d.datname, acl.grantee
    """,
    "default privileges": """
        select
            'for role ' || quote_ident(pg_get_userbyid(d.defaclrole))
            || coalesce(' in schema ' || quote_ident(n.nspname), '')
            || ' on ' || case d.defaclobjtype
                when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
                when 'T' then 'types' when 'n' then 'schemas' else 'large objects'
            end
            || ' to ' || {grantee},
            {rights}
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
            select setting, split_part(setting, '=', 1) as name
            from unnest(s.setconfig) as setting
        ) as one
        where (
            s.setdatabase = (
                select d.oid from pg_database as d where d.datname = current_database()
            )
            or s.setdatabase = 0 and s.setrole <> 0
        )
        and (
            lower(one.name) = 'session_replication_role'
            -- What the API sets for each request, and row-level security goes by.
            or lower(one.name) like 'request.%%'
            -- Every statement, and the notes in it, would be in the server's log.
            or lower(one.setting) in ('log_statement=all', 'log_statement=mod')
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
    """,
}
