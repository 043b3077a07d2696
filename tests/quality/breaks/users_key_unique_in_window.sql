-- check: quality/users_key_unique_in_window.sql
insert into users (user_id) values ('7')
