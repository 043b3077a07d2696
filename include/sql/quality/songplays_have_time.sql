-- Every play of the window started at a moment that the time table has.
-- severity: error
-- means: load_time did not see these plays.
-- to do: clear load_time of this run, with what follows it.
select songplays.*
from songplays
left join time
    on
        songplays.start_time = time.start_time
        and time.start_time >= %(window_start)s
        and time.start_time < %(window_end)s
where
    songplays.start_time >= %(window_start)s
    and songplays.start_time < %(window_end)s
    and time.start_time is null
