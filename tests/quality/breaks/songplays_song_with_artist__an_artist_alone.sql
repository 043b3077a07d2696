-- check: songplays_song_with_artist
update songplays set artist_id = 'AR1'
