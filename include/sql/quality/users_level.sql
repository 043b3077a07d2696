-- Every user who played in the window has a level that Sparkify knows.
-- severity: error
-- means: the app has a new level, or sends none.
-- to do: ask the team of the app; add the level here, and to songplays_level.
{% from "macros.jinja" import players_of_window %}
with

players as (

    {{ players_of_window() }}

)

select users.*
from users
inner join players
    on users.user_id = players.user_id
where users.level is null or users.level not in ('free', 'paid')
