-- check: quality/songplays_song_with_artist.sql
update songplays set song_id = 'S1'
