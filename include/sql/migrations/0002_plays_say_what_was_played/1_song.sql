-- The title as the app logged it: most plays match no song of the catalogue,
-- and what they were is asked for all the same.
alter table songplays add column song varchar(512)
