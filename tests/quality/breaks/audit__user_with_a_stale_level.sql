-- check: users_recomputed
update users set level = 'paid'
