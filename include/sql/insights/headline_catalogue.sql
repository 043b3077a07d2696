-- How much of what is played is in the catalogue?
-- Grain: the whole period, one row.
select
    count(*) as plays,
    count(distinct song) as songs,
    count(distinct artist) as artists,
    count(song_id) as matched_plays,
    cast(null as bigint) as repaired_matches
from songplays
where
    start_time >= %(period_start)s
    and start_time < %(period_end)s
    and %(level)s in ('', level)
    and %(location)s in ('', location)
