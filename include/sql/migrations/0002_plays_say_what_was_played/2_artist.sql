-- The name of the artist as the app logs it.
alter table songplays add column artist varchar(512)
