-- Grain: one level (free or paid, as it was at the moment of the play), with
-- how many of its plays match a song of the catalogue.
select
    level,
    count(*) as plays,
    count(song_id) as matched_plays,
    count(distinct user_id) as listeners
from songplays
group by level
order by plays desc, level asc
