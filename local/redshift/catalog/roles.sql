-- Roles. PostgreSQL has one kind of role for Redshift's users, groups and roles: one that can log in
-- is a user, one with a connection limit of 0 is a role, any other is a group.
-- Source: Redshift's manual, "SVV_ROLES", "SVV_ROLE_GRANTS", "SVV_USER_GRANTS",
-- "SVV_SCHEMA_PRIVILEGES", "SVV_RELATION_PRIVILEGES", "PG_GROUP"

create or replace function redshift_relay.identity_type(identity oid) returns text
language sql stable as
$$
select case
    when r.rolcanlogin then 'user'
    when r.rolconnlimit = 0 then 'role'
    else 'group'
end
from pg_catalog.pg_roles as r
where r.oid = identity
$$;

create or replace function redshift_relay.check_identity(kind text, name text) returns void
language plpgsql stable as
$$
begin
    if not exists (
        select 1 from pg_catalog.pg_roles as r
        where r.rolname = name and redshift_relay.identity_type(r.oid) = kind
    ) then
        raise exception '% "%" does not exist', kind, name using errcode = 'undefined_object';
    end if;
end
$$;

-- PostgreSQL makes who creates a role a member of it, so that they can grant it. Redshift does not,
-- and has an owner instead.
create or replace view redshift_private.role_members as
select
    m.roleid,
    m.member,
    bool_or(m.admin_option) as admin_option
from pg_catalog.pg_auth_members as m
where m.grantor <> 10  -- the superuser of PostgreSQL
group by m.roleid, m.member;

create or replace function redshift_relay.check_not_granted(name text) returns void
language plpgsql stable security definer set search_path = pg_catalog as
$$
declare
    kind text;
begin
    select max(redshift_relay.identity_type(m.member)) into kind
    from redshift_private.role_members as m
    inner join pg_roles as r on m.roleid = r.oid
    where r.rolname = name;
    if kind = 'user' then
        raise exception 'cannot drop this role since it has been granted on a user'
            using errcode = 'dependent_objects_still_exist';
    elsif kind is not null then
        raise exception 'cannot drop this role since it depends on another role'
            using errcode = 'dependent_objects_still_exist';
    end if;
end
$$;

-- Ordinary users see only the roles that they have or own, and the grants to these and to
-- themselves.
create or replace function redshift_relay.sees(identity name) returns boolean
language sql stable as
$$
select pg_has_role(identity, 'member')
    or (select rolcreaterole from pg_catalog.pg_roles where rolname = current_user)
$$;

create or replace view redshift_catalog.svv_roles as
select
    r.oid::integer as role_id,
    r.rolname::text as role_name,
    (
        select o.rolname::text
        from pg_catalog.pg_auth_members as m
        inner join pg_catalog.pg_roles as o on m.member = o.oid
        where
            m.roleid = r.oid
            and m.admin_option
            and m.grantor = 10
        limit 1
    ) as role_owner,
    null::text as external_id
from pg_catalog.pg_roles as r
where
    redshift_relay.identity_type(r.oid) = 'role'
    and redshift_relay.sees(r.rolname);

create or replace view redshift_catalog.svv_role_grants as
select
    r.oid::integer as role_id,
    r.rolname::text as role_name,
    g.oid::integer as granted_role_id,
    g.rolname::text as granted_role_name
from redshift_private.role_members as m
inner join pg_catalog.pg_roles as r on m.member = r.oid
inner join pg_catalog.pg_roles as g on m.roleid = g.oid
where
    redshift_relay.identity_type(r.oid) = 'role'
    and redshift_relay.identity_type(g.oid) = 'role'
    and redshift_relay.sees(r.rolname);

create or replace view redshift_catalog.svv_user_grants as
select
    u.oid::integer as user_id,
    u.rolname::text as user_name,
    r.oid::integer as role_id,
    r.rolname::text as role_name,
    m.admin_option
from redshift_private.role_members as m
inner join pg_catalog.pg_roles as u on m.member = u.oid
inner join pg_catalog.pg_roles as r on m.roleid = r.oid
where
    redshift_relay.identity_type(u.oid) = 'user'
    and redshift_relay.identity_type(r.oid) = 'role'
    and redshift_relay.sees(u.rolname);

create or replace view redshift_catalog.svv_relation_privileges as
select
    n.nspname::text as namespace_name,
    c.relname::text as relation_name,
    acl.privilege_type::text as privilege_type,
    acl.grantee::integer as identity_id,
    coalesce(r.rolname, 'public')::text as identity_name,
    coalesce(redshift_relay.identity_type(r.oid), 'public') as identity_type,
    acl.is_grantable as admin_option
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
cross join lateral aclexplode(c.relacl) as acl
left join pg_catalog.pg_roles as r on acl.grantee = r.oid
where
    c.relkind in ('r', 'v')
    and n.nspname not in ('pg_catalog', 'information_schema', 'redshift_private')
    and acl.privilege_type in ('INSERT', 'SELECT', 'UPDATE', 'DELETE', 'REFERENCES')
    and (acl.grantee = 0 or redshift_relay.sees(r.rolname));

create or replace view redshift_catalog.svv_schema_privileges as
select
    n.nspname::text as namespace_name,
    acl.privilege_type::text as privilege_type,
    acl.grantee::integer as identity_id,
    coalesce(r.rolname, 'public')::text as identity_name,
    coalesce(redshift_relay.identity_type(r.oid), 'public') as identity_type,
    acl.is_grantable as admin_option,
    'SCHEMA'::text as privilege_scope
from pg_catalog.pg_namespace as n
cross join lateral aclexplode(n.nspacl) as acl
left join pg_catalog.pg_roles as r on acl.grantee = r.oid
where
    n.nspname not like 'redshift\_%'
    and acl.privilege_type in ('CREATE', 'USAGE');

create or replace view redshift_catalog.pg_group as
select
    g.groname,
    g.grosysid,
    g.grolist
from pg_catalog.pg_group as g
where redshift_relay.identity_type(g.grosysid) = 'group';

grant select on all tables in schema redshift_catalog to public;
