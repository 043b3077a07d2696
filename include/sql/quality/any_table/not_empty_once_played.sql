-- The table has rows, once a song was played.
-- severity: error
-- means: somebody emptied the table.
-- to do: run a backfill of the windows in load_ledger.
select '{{ table }}' as empty_table
where
    not exists (select 1 from {{ table }})
    and exists (select 1 from staging_events where page = 'NextSong')
