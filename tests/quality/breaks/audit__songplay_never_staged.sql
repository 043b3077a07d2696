-- check: songplays_recomputed
insert into songplays (songplay_id, start_time, session_id) values ('9-9',
'2018-09-01', 9)
