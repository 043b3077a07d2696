-- The table has rows, once a song was played in the window. Only the run whose
-- load of staging_events is the window's newest is asked: another run may have
-- staged its plays and not loaded them yet.
-- severity: error
-- means: somebody emptied the table.
-- to do: run a backfill of the windows in load_ledger.
select '{{ table }}' as empty_table
where
    not exists (select 1 from {{ table }})
    and exists (

        select 1
        from staging_events
        where
            ts >= %(window_start)s
            and ts < %(window_end)s
            and page = 'NextSong'

    )
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
