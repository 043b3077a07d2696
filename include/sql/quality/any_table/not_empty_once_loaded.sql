-- The table has rows, once the ledger says that some were staged.
-- severity: error
-- means: somebody emptied the table.
-- to do: run a backfill of the windows in load_ledger.
select '{{ table }}' as empty_table
where
    not exists (select 1 from {{ table }})
    and exists (

        select 1
        from load_ledger
        where table_name = '{{ table }}' and rows_staged > 0

    )
