-- Source: Redshift's manual, SVV_RELATION_PRIVILEGES. A role that cannot log in is a group.
create or replace view redshift_catalog.svv_relation_privileges as
select
    n.nspname::text as namespace_name,
    c.relname::text as relation_name,
    acl.privilege_type::text as privilege_type,
    acl.grantee::integer as identity_id,
    coalesce(r.rolname, 'public')::text as identity_name,
    case
        when r.oid is null then 'public'
        when r.rolcanlogin then 'user'
        else 'group'
    end::text as identity_type,
    acl.is_grantable as admin_option
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
cross join lateral aclexplode(c.relacl) as acl
left join pg_roles as r on acl.grantee = r.oid
where
    c.relkind in ('r', 'v')
    and n.nspname not in ('pg_catalog', 'information_schema', 'redshift_private')
    and acl.privilege_type in ('INSERT', 'SELECT', 'UPDATE', 'DELETE', 'REFERENCES');
