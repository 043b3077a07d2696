-- check: artists_key_unique
insert into artists select * from artists
