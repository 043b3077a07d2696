-- check: quality/songplays_song_with_artist.sql
update songplays set artist_id = 'AR1'
