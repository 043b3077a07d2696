-- check: songplays_recomputed
update songplays set artist = 'Nobody'
