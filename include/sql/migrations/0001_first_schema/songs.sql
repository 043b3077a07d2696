-- Grain: one song of the catalogue. Key: song_id.
--
-- Small and joined to the plays: a copy on each node.
create table if not exists songs (
    song_id varchar(32) not null, -- id of the song files
    title varchar(512), -- title in the catalogue
    artist_id varchar(32), -- whose song it is; see artists
    year smallint, -- year of release; 0: not known
    duration decimal(12, 5), -- seconds
    primary key (song_id)
)
diststyle all
sortkey (song_id);
