-- check: staging_songs_key_once_of_run
insert into staging_songs (song_id) values ('S1')
