-- The artist's name as it should read; null: not damaged, or the repair is not
-- certain. Show coalesce(artist_repaired, artist).
alter table songplays add column artist_repaired varchar(512)
