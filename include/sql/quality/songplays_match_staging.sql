-- The plays that are staged for the window are exactly the plays of the fact
-- table. Only the run that loaded the window last is checked, because another
-- run may have staged its plays and not loaded them yet.
-- severity: error
-- means: load_songplays did not run after the last load of stage_events.
-- to do: clear load_songplays of this run, and the tasks after it.
{% from "macros.jinja" import is_play, songplay_id, this_run_loaded_last %}
with

loaded as (

    select
        songplay_id,
        start_time
    from songplays
    where
        start_time >= %(window_start)s
        and start_time < %(window_end)s

),

staged as (

    select
        {{ songplay_id("events") }} as songplay_id,
        events.ts as start_time
    from staging_events as events
    where
        events.ts >= %(window_start)s
        and events.ts < %(window_end)s
        and {{ is_play("events") }}

)

select
    coalesce(staged.songplay_id, loaded.songplay_id) as songplay_id,
    staged.start_time as staged_at,
    loaded.start_time as loaded_at
from staged
full outer join loaded
    on
        staged.songplay_id = loaded.songplay_id
        and staged.start_time = loaded.start_time
where
    (staged.songplay_id is null or loaded.songplay_id is null)
    and {{ this_run_loaded_last("staging_events") }}
