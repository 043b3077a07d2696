-- check: quality/any_table/key_once_of_run.sql
-- table: songs
-- source: staging_songs
-- key: song_id
delete from songs
