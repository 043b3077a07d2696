-- Each line of the window's objects is a row: none is blank, or left out.
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
    and window_start = %(window_start)s
    and window_end = %(window_end)s
    and lines_read <> rows_read
