-- check: songplays_key_unique_in_window
insert into songplays select * from songplays
