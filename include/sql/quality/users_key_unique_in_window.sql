-- Every user who played in the window is in users once. Redshift does not
-- enforce keys.
-- severity: error
-- means: a load ignored its lock, or somebody wrote to the table by hand.
-- to do: delete the copies, and clear load_users of this run.
with

players as (

    select distinct user_id
    from songplays
    where
        start_time >= %(window_start)s
        and start_time < %(window_end)s

)

select
    users.user_id,
    count(*) as copies
from users
inner join players
    on users.user_id = players.user_id
group by users.user_id
having count(*) > 1
