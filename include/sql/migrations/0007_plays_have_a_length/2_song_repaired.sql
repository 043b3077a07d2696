-- The title as it should read, if it was logged in a wrong encoding; null: not
-- damaged, or the repair is not certain. Show coalesce(song_repaired, song).
alter table songplays add column song_repaired varchar(512)
