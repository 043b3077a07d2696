-- Rows that each table holds for a window.
select
    cast('staging_events' as varchar(32)) as table_name,
    count(*) as rows_now
from staging_events
where
    ts >= %(window_start)s
    and ts < %(window_end)s
union all
select
    cast('songplays' as varchar(32)) as table_name,
    count(*) as rows_now
from songplays
where
    start_time >= %(window_start)s
    and start_time < %(window_end)s
union all
select
    cast('users' as varchar(32)) as table_name,
    count(*) as rows_now
from users
where
    last_play_at >= %(window_start)s
    and last_play_at < %(window_end)s
union all
select
    cast('time' as varchar(32)) as table_name,
    count(*) as rows_now
from time
where
    start_time >= %(window_start)s
    and start_time < %(window_end)s
