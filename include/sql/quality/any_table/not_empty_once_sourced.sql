-- The table has rows if it has taken some from its source table.
-- load_watermarks says how far it has read. Rows of later loads are the concern
-- of other runs.
-- severity: error
-- means: somebody emptied the table.
-- to do: load the table again by the DAG sparkify_repair.
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
