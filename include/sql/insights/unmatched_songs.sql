-- Which songs should the catalogue have that it has not?
-- Grain: one song, by title and artist, of which no play matched the catalogue.
select
    song as title,
    artist,
    count(*) as plays,
    count(distinct user_id) as listeners
from songplays
where
    start_time >= %(period_start)s
    and start_time < %(period_end)s
    and song is not null
group by song, artist
having count(song_id) = 0
order by plays desc, title asc, artist asc
