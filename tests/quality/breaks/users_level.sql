-- check: quality/users_level.sql
update users set level = null
