-- Every play of the window has both a song and an artist, or neither.
-- severity: error
-- means: the song has no artist in the catalogue, or a statement is wrong.
-- to do: look up the song_id in staging_songs; correct its file in S3.
select *
from songplays
where
    start_time >= %(window_start)s
    and start_time < %(window_end)s
    and (
        (song_id is null and artist_id is not null)
        or (song_id is not null and artist_id is null)
    )
