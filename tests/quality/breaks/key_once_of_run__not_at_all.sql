-- check: songs_key_once_of_run
delete from songs
