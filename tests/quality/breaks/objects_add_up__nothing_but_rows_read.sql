-- check: staging_songs_objects_add_up
update load_ledger set rows_staged = null where table_name = 'staging_songs'
