-- Of the plays that were loaded before.
update songplays
set
    song = staged.song,
    artist = staged.artist
from staging_events as staged
where
    songplays.start_time = staged.ts
    and songplays.session_id = staged.session_id
    and songplays.songplay_id
    = cast(staged.session_id as varchar(20))
    || '-'
    || cast(staged.item_in_session as varchar(20))
