-- check: users_recomputed
update users set last_name = 'Nobody'
