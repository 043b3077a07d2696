-- Grain: one song of the catalogue's files. Key: song_id.
--
-- Small, and joined to the plays of every window: a copy on each node, sorted
-- by what the join looks up.
create table if not exists staging_songs (
    num_songs integer, -- songs in the file, always 1
    artist_id varchar(32), -- id of the artist
    artist_latitude decimal(10, 5), -- degrees north; null: not known
    artist_longitude decimal(10, 5), -- degrees east; null: not known
    artist_location varchar(512), -- free text; null: not known
    artist_name varchar(512), -- name of the artist on this song
    song_id varchar(32) not null, -- id of the song
    title varchar(512), -- title of the song
    duration decimal(12, 5), -- seconds
    year smallint, -- year of release; 0: not known
    load_id bigint, -- the load that wrote the row; see load_ledger
    primary key (song_id)
)
diststyle all
sortkey (title);
