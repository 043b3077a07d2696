-- check: songplays_resolve
delete from users
