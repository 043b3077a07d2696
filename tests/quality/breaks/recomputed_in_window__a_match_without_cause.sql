-- check: songplays_recomputed_in_window
update songplays set song_id = 'S1', artist_id = 'AR1'
