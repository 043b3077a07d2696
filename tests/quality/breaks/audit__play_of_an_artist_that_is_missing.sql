-- check: songplays_resolve
update songplays set song_id = 'S1', artist_id = 'AR9'
