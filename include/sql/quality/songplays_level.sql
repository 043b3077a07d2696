-- A play of the window is at a level that Sparkify has.
-- severity: error
-- means: the app has a new level, or sends none.
-- to do: ask the team of the app; add the level to this check, and to
--   users_level.
select *
from songplays
where
    start_time >= %(window_start)s
    and start_time < %(window_end)s
    and (level is null or level not in ('free', 'paid'))
