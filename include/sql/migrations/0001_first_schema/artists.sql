-- Grain: one artist of the catalogue. Key: artist_id. An artist with several
-- names in the song files has one of them here: the shortest, and of two as
-- short the first by the alphabet.
--
-- Small and joined to the plays: a copy on each node.
create table if not exists artists (
    artist_id varchar(32) not null, -- id of the song files
    name varchar(512), -- name in the song files
    location varchar(512), -- free text, such as "London, England"; null: not
    -- known
    latitude decimal(10, 5), -- degrees north; null: not known
    longitude decimal(10, 5), -- degrees east; null: not known
    primary key (artist_id)
)
diststyle all
sortkey (artist_id);
