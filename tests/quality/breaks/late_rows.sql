-- check: staging_events_late_rows
insert into load_late_rows (load_id, table_name, object_key, hour_start,
rows_late, rows_gone) values (5, 'staging_events', 'a', '2018-11-05 09:00', 1,
0)
