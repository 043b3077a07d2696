-- check: songplays_resolve
delete from time
