-- Which artists are played most, and how many of their songs?
-- Grain: one artist by the name that the app logs, in the catalogue or not.
select
    artist,
    count(distinct song) as songs,
    count(*) as plays,
    count(distinct user_id) as listeners
from songplays
where
    start_time >= %(period_start)s
    and start_time < %(period_end)s
    and artist is not null
group by artist
order by plays desc, artist asc
