-- Loads of a table that touched some time, in their order: which part of it
-- came from which version of which object.
select
    load_id,
    object_key,
    etag,
    size_bytes,
    window_start,
    window_end
from load_ledger
where
    table_name = %(table_name)s
    and window_start < %(window_end)s
    and window_end > %(window_start)s
    and etag is not null
order by load_id
