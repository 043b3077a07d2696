-- check: time_recomputed_in_window
insert into time (start_time) values ('2018-11-05 10:15')
