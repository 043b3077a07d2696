-- The table has rows.
-- severity: error
-- means: nothing has been loaded yet, or somebody emptied the table.
-- to do: look at the source in S3; clear the task that loads the table.
select '{{ table }}' as empty_table
where not exists (select 1 from {{ table }})
