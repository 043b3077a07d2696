-- check: quality/staging_matches_ledger.sql
delete from staging_events
