-- check: quality/songplays_level.sql
update songplays set level = 'gold'
