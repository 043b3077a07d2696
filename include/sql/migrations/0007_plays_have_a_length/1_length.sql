-- The song's length in seconds, as the app logged it.
alter table songplays add column length decimal(12, 5)
