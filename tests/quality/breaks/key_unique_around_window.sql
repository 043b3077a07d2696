-- check: staging_events_key_unique_around_window
insert into staging_events (session_id, item_in_session, ts) values (1, 1,
'2018-11-06 10:15')
