-- check: staging_events_objects_add_up
update load_ledger set rows_outside = 1 where table_name = 'staging_events'
