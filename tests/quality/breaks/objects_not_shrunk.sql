-- check: staging_events_objects_not_shrunk
insert into load_ledger (load_id, table_name, object_key, window_start,
rows_read) values (3, 'staging_events', 'a', '2018-11-05 09:00', 2), (4,
'staging_events', 'a', '2018-11-05 08:00', 4)
