-- check: songplays_recomputed
update songplays set user_id = '8'
