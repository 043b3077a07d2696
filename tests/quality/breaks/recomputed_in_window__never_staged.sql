-- check: songplays_recomputed_in_window
delete from staging_events
