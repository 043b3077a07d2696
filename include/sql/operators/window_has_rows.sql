-- One row if the window has rows, in the table or in the staging table that it
-- is loaded from; else none.
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
