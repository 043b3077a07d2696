-- The title as the app logs it. Most plays match no song of the catalogue.
alter table songplays add column song varchar(512)
