-- check: staging_events_matches_ledger
delete from staging_events
