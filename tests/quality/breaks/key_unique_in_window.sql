-- check: quality/any_table/key_unique_in_window.sql
-- table: time
-- key: start_time
-- event_time: start_time
insert into time select * from time
