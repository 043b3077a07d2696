-- check: quality/any_table/key_once_of_run.sql
-- table: staging_songs
-- source: staging_songs
-- key: song_id
insert into staging_songs (song_id) values ('S1')
