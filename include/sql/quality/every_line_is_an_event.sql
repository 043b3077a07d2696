-- Each line of the objects that this run loaded last is a row: none is blank.
-- severity: warning
-- means: blank lines, or records that COPY passed over without a word.
-- to do: hold the object's lines against staging_events.
select
    object_key,
    lines_read,
    rows_read
from load_ledger
where
    table_name = 'staging_events'
    and load_id = (

        select max(last_load.load_id)
        from load_ledger as last_load
        where
            last_load.table_name = 'staging_events'
            and last_load.run_id = %(run_id)s

    )
    and ignored_by is null
    and lines_read <> rows_read
