-- check: artists_not_empty_once_sourced
delete from artists
