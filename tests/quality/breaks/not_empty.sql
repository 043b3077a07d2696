-- check: quality/any_table/not_empty.sql
-- table: staging_songs
delete from staging_songs
