-- Grain: one play of the window. A play matches a song when title, artist and
-- duration are all equal; of several such songs it takes the first song_id, so
-- that a match never multiplies a play.
with

plays as (

    select
        session_id,
        item_in_session,
        ts,
        user_id,
        level,
        song,
        artist,
        length,
        location,
        user_agent
    from staging_events
    where
        ts >= %(window_start)s
        and ts < %(window_end)s
        and page = 'NextSong'

),

matched as (

    select
        plays.session_id,
        plays.item_in_session,
        plays.ts,
        plays.user_id,
        plays.level,
        plays.song,
        plays.artist,
        plays.location,
        plays.user_agent,
        songs.song_id,
        songs.artist_id,
        row_number() over (
            partition by plays.session_id, plays.item_in_session, plays.ts
            order by songs.song_id
        ) as choice
    from plays
    left join staging_songs as songs
        on
            plays.song = songs.title
            and plays.artist = songs.artist_name
            and plays.length = songs.duration

)

select
    cast(session_id as varchar(20))
    || '-'
    || cast(item_in_session as varchar(20)) as songplay_id,
    ts as start_time,
    user_id,
    level,
    song_id,
    artist_id,
    session_id,
    location,
    user_agent,
    song,
    artist
from matched
where choice = 1
