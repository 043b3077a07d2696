-- check: quality/any_table/not_empty_once_loaded.sql
-- table: staging_events
delete from staging_events
