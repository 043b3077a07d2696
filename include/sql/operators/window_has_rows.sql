-- One row if the window may have rows, else none: in the table, in the staging
-- table that it is loaded from, or in a load of the table that is not committed
-- yet. That takes rows that were staged, so some load of the ledger has some.
select 1 as has_rows
where
    exists (

        select 1
        from {{ source }}
        where
            {{ source_time }} >= %(window_start)s
            and {{ source_time }} < %(window_end)s

    )
    or exists (

        select 1
        from {{ table }}
        where
            {{ event_time }} >= %(window_start)s
            and {{ event_time }} < %(window_end)s

    )
    or exists (

        select 1
        from load_ledger
        where
            table_name = %(source_table)s
            and rows_staged > 0
            and window_start < %(window_end)s
            and window_end > %(window_start)s

    )
