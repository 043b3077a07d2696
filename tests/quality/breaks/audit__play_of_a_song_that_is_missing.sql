-- check: songplays_resolve
update songplays set song_id = 'S9', artist_id = 'AR1'
