-- check: users_level
update users set level = null
