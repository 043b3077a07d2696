-- check: staging_events_match_ledger
delete from staging_events
