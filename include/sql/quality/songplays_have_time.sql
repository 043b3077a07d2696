-- The table time has the start of every play in the window. Only the run that
-- loaded the window last is checked, because another run may be between its
-- dimensions and its songplays.
-- severity: error
-- means: load_time did not see these plays.
-- to do: clear load_time of this run, and the tasks after it.
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
