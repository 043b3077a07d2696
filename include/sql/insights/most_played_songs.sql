-- Which songs are played most?
-- Grain: one song by its title and artist as the app logs them, whether it is
-- in the catalogue or not; then song_id is null.
select
    song as title,
    artist,
    count(*) as plays,
    count(distinct user_id) as listeners,
    max(song_id) as song_id
from songplays
where
    start_time >= %(period_start)s
    and start_time < %(period_end)s
    and song is not null
group by song, artist
order by plays desc, title asc, artist asc
