-- check: users_key_unique
insert into users select * from users
