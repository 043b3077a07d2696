-- check: songs_recomputed
insert into songs (song_id) values ('S9')
