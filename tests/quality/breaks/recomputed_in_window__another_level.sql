-- check: songplays_recomputed_in_window
update songplays set level = 'paid'
