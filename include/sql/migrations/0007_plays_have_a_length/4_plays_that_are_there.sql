-- Plays that were loaded before.
{% from "macros.jinja" import repaired, songplay_id %}
update songplays
set
    length = staged.length,
    song_repaired = {{ repaired("staged.song") }},
    artist_repaired = {{ repaired("staged.artist") }}
from staging_events as staged
where
    songplays.start_time = staged.ts
    and songplays.session_id = staged.session_id
    and songplays.songplay_id = {{ songplay_id("staged") }}
