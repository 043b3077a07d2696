-- Which song is played most at each hour of the day?
-- Grain: one hour of the day, in UTC, with a play. If several songs are played
-- most, the first by title and artist is shown.
{% from "macros.jinja" import asked_for %}
with

ranked as (

    select
        time.hour,
        coalesce(songplays.song_repaired, songplays.song) as title,
        coalesce(songplays.artist_repaired, songplays.artist) as artist,
        count(*) as plays,
        row_number() over (
            partition by time.hour
            order by
                count(*) desc,
                coalesce(songplays.song_repaired, songplays.song),
                coalesce(songplays.artist_repaired, songplays.artist)
        ) as place
    from songplays
    inner join time on songplays.start_time = time.start_time
    where {{ asked_for("songplays") }}
    group by
        time.hour,
        coalesce(songplays.song_repaired, songplays.song),
        coalesce(songplays.artist_repaired, songplays.artist)

)

select
    hour,
    title,
    artist,
    plays
from ranked
where place = 1
order by hour asc
