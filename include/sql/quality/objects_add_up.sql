-- Of each object that this run loaded last: rows read = staged + outside of the
-- window + rejected.
-- severity: error
-- means: rows were lost between COPY and the staging table; it is a bug.
-- to do: keep the object, and report it with the row of load_ledger.
select
    object_key,
    rows_read,
    rows_staged,
    rows_outside,
    rows_rejected
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
    and rows_read <> rows_staged + rows_outside + rows_rejected
