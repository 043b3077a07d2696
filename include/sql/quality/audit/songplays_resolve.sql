-- Every user, moment, song and artist of a play is in its table. The play's
-- artist is that of its song.
-- severity: error
-- means: somebody wrote to a table by hand, or a dimension was not loaded.
-- to do: load the dimension again by the DAG sparkify_repair.
select
    plays.songplay_id,
    plays.start_time,
    plays.user_id,
    plays.song_id,
    plays.artist_id
from songplays as plays
left join users
    on plays.user_id = users.user_id
left join time
    on plays.start_time = time.start_time
left join songs
    on plays.song_id = songs.song_id
left join artists
    on plays.artist_id = artists.artist_id
where
    users.user_id is null
    or time.start_time is null
    or (plays.song_id is not null and songs.song_id is null)
    or (plays.artist_id is not null and artists.artist_id is null)
    or coalesce(plays.artist_id, '') <> coalesce(songs.artist_id, '')
