-- The song's length in seconds, as the app logs it. It does not say how much of
-- it was heard.
alter table songplays add column length decimal(12, 5)
