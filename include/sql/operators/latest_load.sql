-- How far the source has been loaded, and how far of that has come here.
select
    coalesce((

        select max(load_id)
        from load_ledger
        where table_name = %(source_table)s

    ), 0) as upto_load,
    coalesce((

        select max(load_id)
        from load_watermarks
        where
            table_name = %(table_name)s
            and source_table = %(source_table)s

    ), 0) as after_load
