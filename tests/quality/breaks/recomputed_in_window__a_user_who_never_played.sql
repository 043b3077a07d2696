-- check: users_recomputed_in_window
insert into users (user_id, level, last_play_at) values ('9', 'free',
'2018-11-05 10:15')
