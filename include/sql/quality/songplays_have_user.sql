-- The table users has the user of every play in the window. Only the run that
-- loaded the window last is checked, because another run may be between its
-- dimensions and its songplays.
-- severity: error
-- means: the event has no userId, or load_users did not see it.
-- to do: if user_id is null, correct the file in S3 and clear stage_events.
--   Otherwise clear load_users of this run, and the tasks after it.
{% from "macros.jinja" import this_run_loaded_last %}
select songplays.*
from songplays
left join users
    on songplays.user_id = users.user_id
where
    songplays.start_time >= %(window_start)s
    and songplays.start_time < %(window_end)s
    and users.user_id is null
    and {{ this_run_loaded_last("staging_events") }}
