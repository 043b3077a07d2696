-- check: quality/any_table/fresh.sql
-- table: staging_events
-- event_time: ts
update staging_events set ts = '2018-11-04 22:59:59.999'
