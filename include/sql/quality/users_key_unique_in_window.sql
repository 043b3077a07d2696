-- Every user who played in the window is in users once. Redshift does not
-- enforce keys.
-- severity: error
-- means: a load ignored its lock, or somebody wrote to the table by hand.
-- to do: delete the copies, and clear load_users of this run.
{% from "macros.jinja" import players_of_window %}
with

players as (

    {{ players_of_window() }}

)

select
    users.user_id,
    count(*) as copies
from users
inner join players
    on users.user_id = players.user_id
group by users.user_id
having count(*) > 1
