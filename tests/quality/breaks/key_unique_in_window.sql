-- check: time_key_unique_in_window
insert into time select * from time
