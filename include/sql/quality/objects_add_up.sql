-- Of each object of the window: rows read = staged + outside of it + rejected.
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
    and window_start = %(window_start)s
    and window_end = %(window_end)s
    and rows_read <> rows_staged + rows_outside + rows_rejected
