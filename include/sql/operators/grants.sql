-- What has been granted on a table or view, and to whom.
-- Source: Redshift's manual, SVV_RELATION_PRIVILEGES
select
    privilege_type,
    identity_name,
    identity_type,
    admin_option
from svv_relation_privileges
where
    namespace_name = current_schema()
    and relation_name = %(relation)s
order by identity_type, identity_name, privilege_type
