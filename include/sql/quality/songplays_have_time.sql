-- Every play of the window started at a moment that the time table has. Only
-- the run whose load of staging_events is the window's newest is asked: another
-- run may be between its dimensions and its songplays.
-- severity: error
-- means: load_time did not see these plays.
-- to do: clear load_time of this run, with what follows it.
{% from "macros.jinja" import this_run_loaded_last %}
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
    and {{ this_run_loaded_last("staging_events") }}
