-- A play of the window is at a level that Sparkify has.
-- severity: error
select *
from songplays
where
    start_time >= %(window_start)s
    and start_time < %(window_end)s
    and (level is null or level not in ('free', 'paid'))
