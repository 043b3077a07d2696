-- check: songplays_recomputed
update songplays set artist_repaired = 'Björk'
