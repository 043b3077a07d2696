-- What was loaded from which object, when, by which run: the newest first. An
-- object_key that ends in * stands for all objects of one COPY. ignored_by =
-- the rule by which an object was not read.
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
    rows_misplaced,
    rows_identical,
    rows_conflicting,
    ignored_by,
    window_start,
    window_end,
    run_id
from load_ledger
order by
    loaded_at desc,
    table_name asc,
    object_key asc
limit 200
