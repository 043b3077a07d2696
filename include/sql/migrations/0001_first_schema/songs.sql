-- Grain: one song of the catalogue. Key: song_id.
-- Small and joined to the plays: a copy on each node.
create table if not exists songs (
    song_id varchar(32) not null,
    title varchar(512),
    artist_id varchar(32),
    year smallint,
    duration decimal(12, 5),
    primary key (song_id)
)
diststyle all
sortkey (song_id);
