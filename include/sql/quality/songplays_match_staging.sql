-- The plays staged for the window are the plays of the fact table, one by one.
-- Only the run whose load of staging_events is the window's newest is asked:
-- another run may have staged its plays and not loaded them yet.
-- severity: error
-- means: load_songplays did not run after the last load of stage_events.
-- to do: clear load_songplays of this run, with what follows it.
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
        cast(session_id as varchar(20))
        || '-'
        || cast(item_in_session as varchar(20)) as songplay_id,
        ts as start_time
    from staging_events
    where
        ts >= %(window_start)s
        and ts < %(window_end)s
        and page = 'NextSong'

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
    and %(run_id)s = (

        select newest.run_id
        from load_ledger as newest
        where
            newest.table_name = 'staging_events'
            and newest.ignored_by is null
            and newest.window_start < %(window_end)s
            and newest.window_end > %(window_start)s
        order by newest.load_id desc
        limit 1

    )
