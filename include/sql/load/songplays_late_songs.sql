-- Plays that a song of the catalogue's new loads concerns: those that it
-- matches, which may have been loaded before it, those that had taken it as it
-- was before, and those whose song is gone. Each takes the song that it would
-- take now, or none.
update songplays
set
    song_id = best.song_id,
    artist_id = best.artist_id
from (

    with

    new_songs as (

        select
            song_id,
            title,
            artist_name,
            duration
        from staging_songs
        where
            load_id > %(after_load)s
            and load_id <= %(upto_load)s

    ),

    plays as (

        select
            ts,
            song,
            artist,
            length,
            cast(session_id as varchar(20))
            || '-'
            || cast(item_in_session as varchar(20)) as songplay_id
        from staging_events
        where page = 'NextSong'

    ),

    concerned_each as (

        select plays.songplay_id
        from plays
        inner join new_songs
            on
                plays.song = new_songs.title
                and plays.artist = new_songs.artist_name
                and plays.length = new_songs.duration
        union all
        select taken.songplay_id
        from songplays as taken
        inner join new_songs
            on taken.song_id = new_songs.song_id
        union all
        select orphaned.songplay_id
        from songplays as orphaned
        left join staging_songs as songs
            on orphaned.song_id = songs.song_id
        where
            orphaned.song_id is not null
            and songs.song_id is null

    ),

    concerned as (

        select distinct songplay_id
        from concerned_each

    )

    select
        plays.songplay_id,
        plays.ts,
        songs.song_id,
        songs.artist_id,
        row_number() over (
            partition by plays.songplay_id, plays.ts
            order by songs.song_id
        ) as choice
    from plays
    inner join concerned
        on plays.songplay_id = concerned.songplay_id
    left join staging_songs as songs
        on
            plays.song = songs.title
            and plays.artist = songs.artist_name
            and plays.length = songs.duration

) as best
where
    best.choice = 1
    and songplays.start_time = best.ts
    and songplays.songplay_id = best.songplay_id
    and (
        coalesce(songplays.song_id, '') <> coalesce(best.song_id, '')
        or coalesce(songplays.artist_id, '') <> coalesce(best.artist_id, '')
    )
