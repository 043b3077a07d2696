-- check: quality/any_table/key_unique_in_window.sql
-- table: songplays
-- key: songplay_id
-- event_time: start_time
insert into songplays (songplay_id, start_time, session_id) values ('1-1',
'2018-11-09', 1)
