-- Grain: one song played, an event whose page is NextSong. Key: songplay_id,
-- made from the event's own key.
-- Most questions ask for a range of start_time, so that is the sort key; it is
-- the distribution key too, since it spreads evenly (song_id is null for most
-- plays) and meets the time table's rows on the same node.
create table if not exists songplays (
    songplay_id varchar(48) not null,
    start_time timestamp not null,
    user_id varchar(64),
    level varchar(16),
    song_id varchar(32),
    artist_id varchar(32),
    session_id bigint not null,
    location varchar(256),
    user_agent varchar(512),
    primary key (songplay_id)
)
diststyle key
distkey (start_time)
sortkey (start_time);
