-- check: songplays_key_unique
insert into songplays (songplay_id, start_time, session_id) values ('1-1',
'2018-12-15', 1)
