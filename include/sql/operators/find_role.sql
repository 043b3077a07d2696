-- The role of this name, if there is one.
-- Source: Redshift's manual, SVV_ROLES
select role_name
from svv_roles
where role_name = %(role_name)s
