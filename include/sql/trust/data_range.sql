-- From when to when are there plays? Both are null where there is none.
select
    min(start_time) as first_play_at,
    max(start_time) as last_play_at
from songplays
