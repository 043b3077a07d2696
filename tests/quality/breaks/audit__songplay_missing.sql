-- check: songplays_recomputed
delete from songplays
