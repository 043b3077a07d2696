-- check: songplays_song_with_artist
update songplays set song_id = 'S1'
