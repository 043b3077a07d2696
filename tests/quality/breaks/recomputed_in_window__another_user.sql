-- check: songplays_recomputed_in_window
update songplays set user_id = '8'
