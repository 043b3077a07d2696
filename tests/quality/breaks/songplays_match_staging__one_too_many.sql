-- check: quality/songplays_match_staging.sql
delete from staging_events
