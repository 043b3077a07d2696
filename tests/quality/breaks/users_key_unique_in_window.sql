-- check: users_key_unique_in_window
insert into users (user_id) values ('7')
