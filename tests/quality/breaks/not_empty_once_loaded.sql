-- check: staging_events_not_empty_once_loaded
delete from staging_events
