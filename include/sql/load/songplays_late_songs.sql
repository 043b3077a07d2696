-- Plays that a song of the catalogue's new loads concerns: those that it
-- matches, which may have been loaded before it, those that had taken it as it
-- was before, and those whose song is gone. Each takes the song that it would
-- take now, or none.
-- Subqueries, since Redshift's manual shows no WITH in the FROM of an UPDATE.
-- UNION, since a planner that knows no table's size would run what follows IN
-- for each play; of a union it keeps the result.
{% from "macros.jinja" import is_play, same_song, songplay_id %}
update songplays
set
    song_id = best.song_id,
    artist_id = best.artist_id
from (

    select
        plays.songplay_id,
        plays.ts,
        songs.song_id,
        songs.artist_id,
        row_number() over (
            partition by plays.songplay_id, plays.ts
            order by songs.song_id
        ) as choice
    from (

        select
            events.ts,
            events.song,
            events.artist,
            events.length,
            {{ songplay_id("events") }} as songplay_id
        from staging_events as events
        where {{ is_play("events") }}

    ) as plays
    left join staging_songs as songs
        on {{ same_song("plays", "songs") }}
    where plays.songplay_id in (

        select {{ songplay_id("events") }} as songplay_id
        from staging_events as events
        inner join staging_songs as new_songs
            on {{ same_song("events", "new_songs") }}
        where
            {{ is_play("events") }}
            and new_songs.load_id > %(after_load)s
            and new_songs.load_id <= %(upto_load)s
        union
        select taken.songplay_id
        from songplays as taken
        inner join staging_songs as new_songs
            on taken.song_id = new_songs.song_id
        where
            new_songs.load_id > %(after_load)s
            and new_songs.load_id <= %(upto_load)s
        union
        select orphaned.songplay_id
        from songplays as orphaned
        left join staging_songs as known
            on orphaned.song_id = known.song_id
        where
            orphaned.song_id is not null
            and known.song_id is null

    )

) as best
where
    best.choice = 1
    and songplays.start_time = best.ts
    and songplays.songplay_id = best.songplay_id
    and (
        coalesce(songplays.song_id, '') <> coalesce(best.song_id, '')
        or coalesce(songplays.artist_id, '') <> coalesce(best.artist_id, '')
    )
