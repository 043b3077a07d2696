-- check: staging_events_key_unique
insert into staging_events select * from staging_events
