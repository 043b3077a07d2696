-- check: artists_recomputed
update artists set name = 'Nobody'
