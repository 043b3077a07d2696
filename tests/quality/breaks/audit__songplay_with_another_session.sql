-- check: songplays_recomputed
update songplays set session_id = 2
