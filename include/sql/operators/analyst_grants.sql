-- What a role may do in this schema: the tables and views that it may select
-- from, and the schema itself, whose relation_name is null.
-- Source: Redshift's manual, SVV_RELATION_PRIVILEGES, SVV_SCHEMA_PRIVILEGES
select relation_name
from svv_relation_privileges
where
    namespace_name = current_schema()
    and identity_type = 'role'
    and identity_name = %(role_name)s
    and privilege_type = 'SELECT'
union all
select cast(null as varchar(128)) as relation_name
from svv_schema_privileges
where
    namespace_name = current_schema()
    and identity_type = 'role'
    and identity_name = %(role_name)s
    and privilege_type = 'USAGE'
