-- Every play of the window is by a user whom the users table has. Only the run
-- whose load of staging_events is the window's newest is asked: another run may
-- be between its dimensions and its songplays.
-- severity: error
-- means: the event has no userId; or load_users did not see it.
-- to do: where user_id is null, mend the file in S3 and clear stage_events;
--   else clear load_users of this run, with what follows it.
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
