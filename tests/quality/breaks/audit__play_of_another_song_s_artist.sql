-- check: songplays_resolve
update songplays set artist_id = 'AR1'
