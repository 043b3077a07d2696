-- Who listens more, those who pay or those who do not?
-- Grain: one level, free or paid, as it was at the moment of the play.
select
    level,
    count(*) as plays,
    count(song_id) as matched_plays,
    count(distinct user_id) as listeners
from songplays
where
    start_time >= %(period_start)s
    and start_time < %(period_end)s
group by level
order by plays desc, level asc
