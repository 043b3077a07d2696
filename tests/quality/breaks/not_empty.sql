-- check: staging_songs_not_empty
delete from staging_songs
