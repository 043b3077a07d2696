-- Where do people listen?
-- Grain: one location, as the app logs it.
select
    location,
    count(*) as plays,
    count(distinct user_id) as listeners
from songplays
where
    start_time >= %(period_start)s
    and start_time < %(period_end)s
    and location is not null
group by location
order by plays desc, location asc
