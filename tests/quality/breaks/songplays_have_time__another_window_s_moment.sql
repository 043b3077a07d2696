-- check: songplays_have_time
update time set start_time = '2018-11-05 09:30'
