-- Every play of the window is by a user whom the users table has. Only the run
-- whose load of staging_events is the window's newest is asked: another run may
-- be between its dimensions and its songplays.
-- severity: error
-- means: the event has no userId; or load_users did not see it.
-- to do: where user_id is null, mend the file in S3 and clear stage_events;
--   else clear load_users of this run, with what follows it.
select songplays.*
from songplays
left join users
    on songplays.user_id = users.user_id
where
    songplays.start_time >= %(window_start)s
    and songplays.start_time < %(window_end)s
    and users.user_id is null
    and %(run_id)s = (

        select newest.run_id
        from load_ledger as newest
        where
            newest.table_name = 'staging_events'
            and newest.ignored_by is null
            and newest.window_start < %(window_end)s
            and newest.window_end > %(window_start)s
        order by newest.load_id desc
        limit 1

    )
