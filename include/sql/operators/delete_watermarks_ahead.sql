-- Watermarks of a table that name a load which its source has not had.
delete from load_watermarks
where
    table_name = %(table_name)s
    and source_table = %(source_table)s
    and load_id > (

        select coalesce(max(ledger.load_id), 0)
        from load_ledger as ledger
        where ledger.table_name = %(source_table)s

    )
