-- Every user whose last play is in the window has a level that Sparkify knows.
-- severity: error
-- means: the app has a new level, or sends none.
-- to do: ask the team of the app; add the level here, and to songplays/level.
select *
from users
where
    last_play_at >= %(window_start)s
    and last_play_at < %(window_end)s
    and (level is null or level not in ('free', 'paid'))
