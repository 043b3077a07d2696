-- Every user whose last play is in the window is in users once. Redshift does
-- not enforce keys.
-- severity: error
-- means: somebody wrote to the table by hand.
-- to do: delete the copies, and clear load_users of this run.
select
    users.user_id,
    count(*) as copies
from users
inner join (

    select distinct last_players.user_id
    from users as last_players
    where
        last_players.last_play_at >= %(window_start)s
        and last_players.last_play_at < %(window_end)s

) as players
    on users.user_id = players.user_id
group by users.user_id
having count(*) > 1
