-- The table has rows, once it has taken some from the table that it is made of:
-- load_watermarks says how far. Rows of later loads are another run's, which may
-- not have come to load them.
-- severity: error
-- means: somebody emptied the table.
-- to do: delete its rows of load_watermarks, and run the task that loads it.
select '{{ table }}' as empty_table
where
    not exists (select 1 from {{ table }})
    and exists (

        select 1
        from {{ source }}
        where
            load_id <= (

                select max(load_watermarks.load_id)
                from load_watermarks
                where
                    load_watermarks.table_name = '{{ table }}'
                    and load_watermarks.source_table = '{{ source }}'

            )

    )
