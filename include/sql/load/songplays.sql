-- Grain: one play of the window. Of several songs that match it, a play takes
-- the first song_id, so that a match never multiplies plays.
{% from "macros.jinja" import is_play, repaired, same_song, songplay_id %}
with

plays as (

    select
        {{ songplay_id("events") }} as songplay_id,
        events.ts,
        events.user_id,
        events.level,
        events.session_id,
        events.location,
        events.user_agent,
        events.song,
        events.artist,
        events.length
    from staging_events as events
    where
        events.ts >= %(window_start)s
        and events.ts < %(window_end)s
        and {{ is_play("events") }}

),

matched as (

    select
        plays.songplay_id,
        plays.ts,
        plays.user_id,
        plays.level,
        songs.song_id,
        songs.artist_id,
        plays.session_id,
        plays.location,
        plays.user_agent,
        plays.song,
        plays.artist,
        plays.length,
        row_number() over (
            partition by plays.songplay_id, plays.ts
            order by songs.song_id
        ) as choice
    from plays
    left join staging_songs as songs
        on {{ same_song("plays", "songs") }}

)

select
    songplay_id,
    ts as start_time,
    user_id,
    level,
    song_id,
    artist_id,
    session_id,
    location,
    user_agent,
    song,
    artist,
    length,
    {{ repaired("song") }} as song_repaired,
    {{ repaired("artist") }} as artist_repaired
from matched
where choice = 1
