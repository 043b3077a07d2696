-- check: songs_key_once_of_run
insert into songs (song_id) values ('S1')
