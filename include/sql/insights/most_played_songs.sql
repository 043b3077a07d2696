-- Which songs are played most?
-- Grain: one song by its title and artist as the app logs them, repaired where
-- they are damaged. song_id is null if the catalogue lacks the song.
{% from "macros.jinja" import asked_for %}
select
    coalesce(song_repaired, song) as title,
    coalesce(artist_repaired, artist) as artist,
    count(*) as plays,
    count(distinct user_id) as listeners,
    max(song_id) as song_id
from songplays
where
    {{ asked_for("songplays") }}
    and song is not null
group by coalesce(song_repaired, song), coalesce(artist_repaired, artist)
order by plays desc, title asc, artist asc
