alter table songplays add column artist varchar(512)
