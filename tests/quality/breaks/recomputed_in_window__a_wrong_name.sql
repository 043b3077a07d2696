-- check: users_recomputed_in_window
update users set first_name = 'Eva'
