-- check: songplays_recomputed
update songplays set location = 'Paris'
