-- A play of the window has both a song and an artist, or neither.
-- severity: error
select *
from songplays
where
    start_time >= %(window_start)s
    and start_time < %(window_end)s
    and (
        (song_id is null and artist_id is not null)
        or (song_id is not null and artist_id is null)
    )
