-- Every play of the window has a level that Sparkify knows.
-- severity: error
-- means: the app has a new level, or sends none.
-- to do: ask the team of the app; add the level to this check, and to
--   users/level.
select *
from songplays
where
    start_time >= %(window_start)s
    and start_time < %(window_end)s
    and (level is null or level not in ('free', 'paid'))
