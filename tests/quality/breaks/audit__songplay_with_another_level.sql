-- check: songplays_recomputed
update songplays set level = 'paid'
