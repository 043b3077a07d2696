-- The table has rows, once the one that it is made from has some.
-- severity: error
-- means: somebody emptied the table.
-- to do: delete its rows of load_watermarks, and run the task that loads it.
select '{{ table }}' as empty_table
where
    not exists (select 1 from {{ table }})
    and exists (select 1 from {{ source }})
