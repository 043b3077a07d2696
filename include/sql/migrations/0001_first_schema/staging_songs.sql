-- Grain: one song of the catalogue. Key: song_id.
-- Small, and joined to the plays of every window: a copy on each node, sorted
-- by what the join looks up.
create table if not exists staging_songs (
    num_songs integer,
    artist_id varchar(32),
    artist_latitude decimal(10, 5),
    artist_longitude decimal(10, 5),
    artist_location varchar(512),
    artist_name varchar(512),
    song_id varchar(32) not null,
    title varchar(512),
    duration decimal(12, 5),
    year smallint,
    load_id bigint,
    primary key (song_id)
)
diststyle all
sortkey (title);
