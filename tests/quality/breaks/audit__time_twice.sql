-- check: time_key_unique
insert into time select * from time
