-- check: staging_events_fresh
update staging_events set ts = '2018-11-04 22:59:59.999'
