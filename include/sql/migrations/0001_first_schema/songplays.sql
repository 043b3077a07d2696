-- Grain: one song played, an event whose page is NextSong. Key: songplay_id.
--
-- Most questions ask for a range of start_time, so that is the sort key; it is
-- the distribution key too, since it spreads evenly (song_id is null for most
-- plays) and meets the time table's rows on the same node.
create table if not exists songplays (
    songplay_id varchar(48) not null, -- session_id-item_in_session of the
    -- event: the same after each load
    start_time timestamp not null, -- when the play started, in UTC
    user_id varchar(64), -- who played it, a pseudonym once the user was
    -- forgotten; null: the log names nobody
    level varchar(16), -- free or paid, at the time of the play
    song_id varchar(32), -- song of the catalogue with equal title, artist name
    -- and length; null: none, as for most plays
    artist_id varchar(32), -- artist of that song; null where song_id is
    session_id bigint not null, -- the app's number of the session; a session
    -- has one user
    location varchar(256), -- metropolitan area, then its states, such as
    -- "Houston-The Woodlands, TX"; null: not known, or the user was forgotten
    user_agent varchar(512), -- the browser's name for itself, as the app logs
    -- it; null: not known, or the user was forgotten
    primary key (songplay_id)
)
diststyle key
distkey (start_time)
sortkey (start_time);
