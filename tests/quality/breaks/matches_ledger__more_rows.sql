-- check: staging_events_matches_ledger
insert into staging_events (session_id, item_in_session, ts) values (2, 2,
'2018-11-05 10:59:59.999')
