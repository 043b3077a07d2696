-- How does listening change over time, by level?
-- Grain: one level on one day, in UTC. A day without a play has no row.
select
    cast(start_time as date) as day,
    level,
    count(*) as plays,
    count(distinct user_id) as listeners
from songplays
where
    start_time >= %(period_start)s
    and start_time < %(period_end)s
group by cast(start_time as date), level
order by day asc, level asc
