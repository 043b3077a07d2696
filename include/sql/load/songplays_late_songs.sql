-- Plays loaded before their song was: fill in the song, or take the one that
-- would have been taken had it been there. Looks at songs of new loads alone.
update songplays
set
    song_id = late.song_id,
    artist_id = late.artist_id
from (

    select
        events.session_id,
        events.item_in_session,
        events.ts,
        songs.song_id,
        songs.artist_id,
        row_number() over (
            partition by events.session_id, events.item_in_session
            order by songs.song_id
        ) as choice
    from staging_songs as songs
    inner join staging_events as events
        on
            songs.title = events.song
            and songs.artist_name = events.artist
            and songs.duration = events.length
    where
        songs.load_id > %(after_load)s
        and songs.load_id <= %(upto_load)s
        and events.page = 'NextSong'

) as late
where
    late.choice = 1
    and songplays.start_time = late.ts
    and songplays.songplay_id
    = cast(late.session_id as varchar(20))
    || '-'
    || cast(late.item_in_session as varchar(20))
    and (songplays.song_id is null or songplays.song_id > late.song_id)
