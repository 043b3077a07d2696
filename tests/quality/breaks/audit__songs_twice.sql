-- check: songs_key_unique
insert into songs select * from songs
