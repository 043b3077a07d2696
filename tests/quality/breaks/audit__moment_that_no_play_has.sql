-- check: time_recomputed
insert into time (start_time) values ('2017-01-01')
