-- check: songplays_level
update songplays set level = 'gold'
