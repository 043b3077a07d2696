-- Each line of the objects that this run loaded last is a row. No line is
-- blank.
-- severity: warning
-- means: the object has blank lines, or records that COPY skipped silently.
-- to do: compare the object's lines with the table.
select
    object_key,
    lines_read,
    rows_read
from load_ledger
where
    table_name = '{{ table }}'
    and load_id = (

        select max(last_load.load_id)
        from load_ledger as last_load
        where
            last_load.table_name = '{{ table }}'
            and last_load.run_id = %(run_id)s

    )
    and ignored_by is null
    and lines_read <> rows_read
