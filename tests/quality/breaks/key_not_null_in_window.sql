-- check: quality/any_table/key_not_null_in_window.sql
-- table: songplays
-- key: user_id
-- event_time: start_time
update songplays set user_id = null
