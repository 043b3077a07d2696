-- check: watermarks_not_ahead
update load_watermarks set load_id = 6 where table_name = 'artists'
