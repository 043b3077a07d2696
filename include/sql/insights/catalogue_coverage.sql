-- How much of what is played is in the catalogue?
-- Grain: one day, in UTC, with a play. share is from 0 to 1.
select
    cast(start_time as date) as day,
    count(*) as plays,
    count(song_id) as matched_plays,
    round(cast(count(song_id) as decimal(18, 4)) / count(*), 4) as share
from songplays
where
    start_time >= %(period_start)s
    and start_time < %(period_end)s
group by cast(start_time as date)
order by day asc
