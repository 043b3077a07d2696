-- check: quality/songplays_key_unique_in_window.sql
insert into songplays (songplay_id, start_time, session_id) values ('1-1',
'2018-11-09', 1)
