-- check: staging_events_matches_ledger_at_any_time
delete from staging_events
