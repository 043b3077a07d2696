-- check: artists_recomputed
insert into artists (artist_id) values ('AR9')
