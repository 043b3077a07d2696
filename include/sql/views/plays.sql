-- One play with names as they should read, and with the song of the catalogue.
-- Grain: one row of songplays. song and artist are repaired where the app logs
-- them damaged. matched_by = exact: title, artist and length equal those of a
-- song, and song_id is that of songplays; repaired: they do after the repair;
-- null: the catalogue lacks the song.
{% from "macros.jinja" import same_song %}
with

repaired as (

    select
        songplay_id,
        start_time,
        coalesce(song_repaired, song) as song,
        coalesce(artist_repaired, artist) as artist,
        length
    from songplays
    where
        song_id is null
        and (song_repaired is not null or artist_repaired is not null)

),

matched as (

    select
        repaired.songplay_id,
        repaired.start_time,
        songs.song_id,
        songs.artist_id,
        row_number() over (
            partition by repaired.songplay_id, repaired.start_time
            order by songs.song_id
        ) as choice
    from repaired
    inner join staging_songs as songs
        on {{ same_song("repaired", "songs") }}

)

select
    songplays.songplay_id,
    songplays.start_time,
    songplays.user_id,
    songplays.level,
    songplays.session_id,
    songplays.location,
    songplays.length,
    coalesce(songplays.song_repaired, songplays.song) as song,
    coalesce(songplays.artist_repaired, songplays.artist) as artist,
    coalesce(songplays.song_id, matched.song_id) as song_id,
    coalesce(songplays.artist_id, matched.artist_id) as artist_id,
    case
        when songplays.song_id is not null then 'exact'
        when matched.song_id is not null then 'repaired'
    end as matched_by
from songplays
left join matched
    on
        songplays.songplay_id = matched.songplay_id
        and songplays.start_time = matched.start_time
        and matched.choice = 1
