-- check: quality/objects_add_up.sql
update load_ledger set rows_staged = null where table_name = 'staging_songs'
