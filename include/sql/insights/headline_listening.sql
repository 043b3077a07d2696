-- How much was played, and by whom?
-- Grain: the whole period, one row.
select
    count(*) as plays,
    cast(null as bigint) as hours,
    count(distinct user_id) as listeners,
    count(distinct session_id) as sessions,
    sum(case when level = 'paid' then 1 else 0 end) as paid_plays
from songplays
where
    start_time >= %(period_start)s
    and start_time < %(period_end)s
    and %(level)s in ('', level)
    and %(location)s in ('', location)
