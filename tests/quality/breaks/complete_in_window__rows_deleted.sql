-- check: staging_events_complete_in_window
delete from staging_events
