-- check: staging_songs_key_unique
insert into staging_songs select * from staging_songs
