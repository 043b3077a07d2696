-- check: users_recomputed
insert into users (user_id, level, last_play_at) values ('9', 'free',
'2017-01-01')
