-- When do people listen?
-- Grain: one hour of the day on one day of the week, in UTC; weekday 0 is
-- Sunday. An hour without a play has no row.
select
    time.weekday,
    time.hour,
    count(*) as plays,
    count(distinct songplays.user_id) as listeners
from songplays
inner join time on songplays.start_time = time.start_time
where
    songplays.start_time >= %(period_start)s
    and songplays.start_time < %(period_end)s
group by time.weekday, time.hour
order by time.weekday asc, time.hour asc
