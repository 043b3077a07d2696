-- The table has rows, once a song was played in the window. Of other windows
-- nothing is said: their own runs may be on the way to load their plays.
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
