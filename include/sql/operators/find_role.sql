-- The role of this name, if there is one that this user may see: one that they
-- own or have. Superusers see all.
-- Source: Redshift's manual, SVV_ROLES
select role_name
from svv_roles
where role_name = %(role_name)s
