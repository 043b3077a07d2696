-- check: users_not_empty_once_played
delete from users
