-- check: songplays_recomputed
update songplays set song_id = 'S1', artist_id = 'AR1'
