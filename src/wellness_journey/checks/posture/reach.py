"""Who may do what beside what the migrations grant: roles, their members, and what they can reach.

As in `queries`, each returns a name and what is there under that name.
"""

from __future__ import annotations

# Roles that Supabase makes; `authenticator` is what PostgREST calls its login everywhere.
TRUSTED = """
    supabase as (
        select r.oid
        from pg_roles as r
        where r.rolname = 'authenticator'
            or exists (select from pg_roles as s where s.rolname = 'supabase_admin')
            and (
                r.rolname ~ '^(supabase|pgsodium|pgtle)_'
                or r.rolname in ('postgres', 'dashboard_user', 'pgbouncer', 'cli_login_postgres')
            )
    ),
    trusted as (
        select r.oid
        from pg_roles as r
        where r.rolsuper or quote_ident(r.rolname) = %(owner)s
        union
        select supabase.oid from supabase
    )
"""

QUERIES = {
    "roles": """
        select quote_ident(r.rolname), concat_ws(
            ' ',
            case when r.rolsuper then 'superuser' else 'nosuperuser' end,
            case when r.rolcreatedb then 'createdb' else 'nocreatedb' end,
            case when r.rolcreaterole then 'createrole' else 'nocreaterole' end,
            case when r.rolreplication then 'replication' else 'noreplication' end,
            case when r.rolbypassrls then 'bypassrls' else 'nobypassrls' end,
            case when r.rolcanlogin then 'login' else 'nologin' end,
            case
                when not r.rolname ~ '^journey_' then null
                when r.rolinherit then 'inherit'
                else 'noinherit'
            end
        )
        from pg_roles as r
        where r.rolname = any(%(roles)s)
    """,
    "memberships": """
        select
            'member ' || quote_ident(r.rolname) || ' of '
            || quote_ident(pg_get_userbyid(m.roleid)),
            'granted'
        from pg_auth_members as m
        inner join pg_roles as r on r.oid = m.member
        where r.rolname = any(%(roles)s)
        group by r.rolname, m.roleid
    """,
    # Who migrates can hand over to the pipeline (048).
    "owner": """
        select quote_ident(r.rolname), case
            when pg_has_role(r.oid, p.oid, 'member') then 'a member of journey_pipeline'
            else 'not a member of journey_pipeline'
        end
        from pg_roles as r
        inner join pg_roles as p on p.rolname = 'journey_pipeline'
        where quote_ident(r.rolname) = %(owner)s
    """,
    "logins": """
        with recursive {trusted},
        members as (
            select m.roleid as role, m.member
            from pg_auth_members as m
            where m.roleid in (
                select r.oid
                from pg_roles as r
                where r.rolname in (
                    'journey_pipeline', 'journey_restricted', 'authenticated', 'service_role',
                    'pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files',
                    'pg_write_server_files', 'pg_execute_server_program'
                )
            )
            union
            select members.role, m.member
            from members
            inner join pg_auth_members as m on m.roleid = members.member
        )
        select
            'member ' || quote_ident(r.rolname) || ' of '
            || quote_ident(pg_get_userbyid(members.role)),
            'granted'
        from members
        inner join pg_roles as r on r.oid = members.member
        where r.oid not in (select trusted.oid from trusted)
            and not r.rolname = any(%(known)s)
            and r.rolname !~ '^pg_'
            -- Whoever runs the check knows of this login.
            and not (
                r.rolname = session_user
                and pg_get_userbyid(members.role) = 'journey_pipeline'
            )
        union all
        select 'role ' || quote_ident(r.rolname), concat_ws(
            ', ',
            case when r.rolsuper then 'is a superuser' end,
            case when r.rolbypassrls then 'bypasses row-level security' end,
            case when r.rolreplication then 'may replicate' end
        )
        from pg_roles as r
        where (r.rolsuper or r.rolbypassrls or r.rolreplication)
            -- The first role of a server has this number.
            and r.oid <> 10
            and quote_ident(r.rolname) <> %(owner)s
            and r.oid not in (select supabase.oid from supabase)
            and not r.rolname = any(%(known)s)
    """,
    "strangers": """
        with recursive {trusted},
        above as (
            select r.oid
            from pg_roles as r
            where r.rolname = any(%(reaching)s)
            union
            select m.roleid
            from above
            inner join pg_auth_members as m on m.member = above.oid
        ),
        below as (
            select r.oid
            from pg_roles as r
            where r.rolname = any(%(reaching)s) and r.rolname ~ '^journey_'
            union
            select m.member
            from below
            inner join pg_auth_members as m on m.roleid = below.oid
        ),
        -- Whose rights count: the roles, what they are members of, who is a member of ours, PUBLIC.
        reaching as (
            select above.oid from above
            union
            select below.oid from below where below.oid not in (select trusted.oid from trusted)
            union
            select 0::oid
        ),
        entered as (
            select n.oid as schema, n.nspname, n.nspowner, n.nspname = any(%(whole)s) as is_ours
            from pg_namespace as n
            where n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
                and (
                    n.nspname = any(%(whole)s)
                    or n.nspowner in (select reaching.oid from reaching)
                    or exists (
                        select
                        from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) as acl
                        where acl.grantee in (select reaching.oid from reaching)
                    )
                )
        ),
        things as (
            select
                c.oid,
                'pg_class'::regclass as catalogue,
                e.*,
                case c.relkind
                    when 'v' then 'view' when 'm' then 'materialized view'
                    when 'f' then 'foreign table' when 'S' then 'sequence' else 'table'
                end as kind,
                quote_ident(e.nspname) || '.' || quote_ident(c.relname) as name,
                c.relowner as owner,
                coalesce(
                    c.relacl,
                    acldefault(
                        (case when c.relkind = 'S' then 's' else 'r' end)::"char", c.relowner
                    )
                ) || array(
                    select acl
                    from pg_attribute as a
                    cross join unnest(a.attacl) as acl
                    where a.attrelid = c.oid
                ) as acl
            from pg_class as c
            inner join entered as e on e.schema = c.relnamespace
            where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
                and (c.oid >= 16384 or e.nspname = 'pg_catalog' and c.relacl is not null)
            union all
            select
                p.oid,
                'pg_proc'::regclass,
                e.*,
                'routine',
                quote_ident(e.nspname) || '.' || quote_ident(p.proname)
                || '(' || oidvectortypes(p.proargtypes) || ')',
                p.proowner,
                coalesce(p.proacl, acldefault('f', p.proowner))
            from pg_proc as p
            inner join entered as e on e.schema = p.pronamespace
            -- Nobody can call these but a trigger, and triggers are looked at.
            where p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
                and (p.oid >= 16384 or e.nspname = 'pg_catalog' and p.proacl is not null)
            union all
            select
                l.oid, 'pg_largeobject'::regclass, 0, '', 0, false, 'large object', l.oid::text,
                l.lomowner, coalesce(l.lomacl, acldefault('L', l.lomowner))
            from pg_largeobject_metadata as l
        ),
        -- What a new server has; of its own objects only rights that were granted since are told.
        system as (
            select t.oid, t.catalogue, acl.grantee, acl.privilege_type
            from things as t
            left join pg_init_privs as i on i.objoid = t.oid and i.classoid = t.catalogue
            cross join aclexplode(
                coalesce(
                    i.initprivs,
                    acldefault(
                        (case when t.kind = 'routine' then 'f' else 'r' end)::"char", t.owner
                    )
                )
            ) as acl
            where t.oid < 16384
        ),
        held as (
            select distinct t.oid, t.catalogue, acl.grantee
            from things as t
            cross join aclexplode(t.acl) as acl
            where acl.grantee in (select reaching.oid from reaching)
                and acl.grantee <> t.owner
                and not exists (
                    select from system as s
                    where s.oid = t.oid and s.catalogue = t.catalogue
                        and s.grantee = acl.grantee and s.privilege_type = acl.privilege_type
                )
        )
        select
            t.kind || ' ' || t.name,
            jsonb_build_object(
                'ours', t.is_ours,
                'owner', case
                    when t.owner in (select reaching.oid from reaching)
                        then quote_ident(pg_get_userbyid(t.owner))
                end,
                'grantees', (
                    select jsonb_agg({grantee} order by acl.grantee)
                    from held as acl
                    where acl.oid = t.oid and acl.catalogue = t.catalogue
                )
            )
        from things as t
        where not (
                t.nspname = any(%(supabase)s)
                and (
                    t.owner = t.nspowner
                    -- Supabase's users work as postgres.
                    or t.owner in (select supabase.oid from supabase)
                    and pg_get_userbyid(t.owner) <> 'postgres'
                )
            )
            and (
                t.is_ours
                or t.owner in (select reaching.oid from reaching)
                or (t.oid, t.catalogue) in (select held.oid, held.catalogue from held)
            )
            and not exists (
                select from pg_depend as d
                where d.classid = t.catalogue and d.objid = t.oid and d.deptype = 'e'
            )
    """,
}
