{#- Also where a table is new: the owner's default privileges can give rights to a new table. -#}
{% macro postgres__apply_grants(relation, grant_config, should_revoke=True) %}
    {{ return(default__apply_grants(relation, grant_config, should_revoke=True)) }}
{% endmacro %}


{#- What the owner granted to others: rights to the table or to a column, and the option to grant them
    on. Names are quoted where they need it: dbt compares them without regard to capitals, and
    `public`, which stands for every role, must not become the name of a role. -#}
{% macro postgres__get_show_grant_sql(relation) %}
    select
        case when acl.grantee = 0 then 'public' else quote_ident(roles.rolname) end as grantee,
        kinds.option_for || acl.privilege_type || held.of_column as privilege_type
    from pg_class as tables
    cross join lateral (
        select tables.relacl as rights, '' as of_column
        union all
        select attacl, format(' (%I)', attname)
        from pg_attribute
        where attrelid = tables.oid and attacl is not null
    ) as held
    cross join lateral aclexplode(held.rights) as acl
    inner join (values ('', false), ('grant option for ', true)) as kinds (option_for, is_option)
        on acl.is_grantable or not kinds.is_option
    left join pg_roles as roles on acl.grantee = roles.oid
    where tables.oid = '{{ relation }}'::regclass
        and acl.grantor = tables.relowner
        and acl.grantee <> tables.relowner
        and (acl.grantee = 0 or roles.oid is not null)
    order by 2, 1
{% endmacro %}


{#- Cascading: the right that a role passed on goes with the role's own. -#}
{% macro postgres__get_revoke_sql(relation, privilege, grantees) %}
    revoke {{ privilege }} on {{ relation.render() }} from {{ grantees | join(', ') }} cascade
{% endmacro %}
