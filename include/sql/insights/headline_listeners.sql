-- How many listeners are there?
-- Grain: the whole period, one row.
select
    count(distinct user_id) as listeners,
    cast(null as bigint) as new_listeners,
    cast(null as bigint) as stickiness,
    cast(null as bigint) as median_minutes,
    cast(null as bigint) as upgrades
from songplays
where
    start_time >= %(period_start)s
    and start_time < %(period_end)s
    and %(level)s in ('', level)
    and %(location)s in ('', location)
