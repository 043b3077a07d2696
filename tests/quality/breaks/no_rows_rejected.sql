-- check: no_rows_rejected
insert into load_errors (load_id, table_name, object_key, run_id, verdict)
values (5, 'staging_events', 'a', 'manual__test', 'conflicting copy')
