-- check: songplays_recomputed
update songplays set user_agent = 'curl'
