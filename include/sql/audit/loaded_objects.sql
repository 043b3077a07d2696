-- What was loaded from which object, when, by which run: the newest first.
select
    loaded_at,
    table_name,
    object_key,
    etag,
    size_bytes,
    rows_read,
    rows_staged,
    rows_outside,
    rows_rejected,
    window_start,
    window_end,
    run_id
from load_ledger
order by
    loaded_at desc,
    table_name asc,
    object_key asc
limit 200
