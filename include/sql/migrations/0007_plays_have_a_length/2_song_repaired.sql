-- The title without the damage of a wrong encoding; null if there is none.
alter table songplays add column song_repaired varchar(512)
