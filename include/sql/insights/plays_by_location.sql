-- Where do people listen, and what do they play most there?
-- Grain: one location, as the app logs it. If several songs are played most, the
-- first by title and artist is shown.
{% from "macros.jinja" import asked_for, hours %}
with

songs_by_location as (

    select
        location,
        coalesce(song_repaired, song) as title,
        coalesce(artist_repaired, artist) as artist,
        row_number() over (
            partition by location
            order by
                count(*) desc,
                coalesce(song_repaired, song),
                coalesce(artist_repaired, artist)
        ) as place
    from songplays
    where
        {{ asked_for("songplays") }}
        and location is not null
    group by
        location, coalesce(song_repaired, song),
        coalesce(artist_repaired, artist)

),

plays_by_location as (

    select
        location,
        count(*) as plays,
        count(distinct user_id) as listeners,
        {{ hours("length") }} as hours
    from songplays
    where
        {{ asked_for("songplays") }}
        and location is not null
    group by location

)

select
    plays_by_location.location,
    plays_by_location.plays,
    plays_by_location.listeners,
    plays_by_location.hours,
    songs_by_location.title as top_title,
    songs_by_location.artist as top_artist
from plays_by_location
inner join songs_by_location
    on plays_by_location.location = songs_by_location.location
where songs_by_location.place = 1
order by plays_by_location.plays desc, plays_by_location.location asc
