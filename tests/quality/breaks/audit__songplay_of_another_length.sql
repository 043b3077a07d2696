-- check: songplays_recomputed
update songplays set length = 1
