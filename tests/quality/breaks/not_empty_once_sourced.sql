-- check: quality/any_table/not_empty_once_sourced.sql
-- table: artists
-- source: staging_songs
delete from artists
