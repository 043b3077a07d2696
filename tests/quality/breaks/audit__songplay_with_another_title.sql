-- check: songplays_recomputed
update songplays set song = 'Northbound'
