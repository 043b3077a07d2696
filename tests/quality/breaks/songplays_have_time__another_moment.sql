-- check: songplays_have_time
update songplays set start_time = '2018-11-05 10:30:00.001'
