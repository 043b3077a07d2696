-- check: songs_recomputed
delete from songs
