-- The artist's name without such damage; null if there is none.
alter table songplays add column artist_repaired varchar(512)
