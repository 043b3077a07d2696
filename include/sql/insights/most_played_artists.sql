-- Which artists are played most, and how many of their songs?
-- Grain: one artist by the name that the app logs, repaired where it is damaged.
-- The catalogue may lack the artist.
{% from "macros.jinja" import asked_for %}
select
    coalesce(artist_repaired, artist) as artist,
    count(distinct coalesce(song_repaired, song)) as songs,
    count(*) as plays,
    count(distinct user_id) as listeners
from songplays
where
    {{ asked_for("songplays") }}
    and artist is not null
group by coalesce(artist_repaired, artist)
order by plays desc, artist asc
