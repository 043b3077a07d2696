-- The table has rows if this run has staged some. Only the run that loaded the
-- window last is checked, because a later one may have found no row.
-- severity: error
-- means: somebody emptied the table.
-- to do: run a backfill of the windows in load_ledger.
select '{{ table }}' as empty_table
where
    not exists (select 1 from {{ table }})
    and exists (

        select 1
        from load_ledger as own
        where
            own.table_name = '{{ table }}'
            and own.run_id = %(run_id)s
            and own.rows_staged > 0
            and own.load_id = (

                select max(newest.load_id)
                from load_ledger as newest
                where
                    newest.table_name = '{{ table }}'
                    and newest.ignored_by is null
                    and (
                        newest.window_start is null
                        or (
                            newest.window_start < %(window_end)s
                            and newest.window_end > %(window_start)s
                        )
                    )

            )

    )
