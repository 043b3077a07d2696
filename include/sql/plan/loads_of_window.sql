-- Loads of a table that touched a window, in their order: which part of it came
-- from which version of which object.
select
    object_key,
    etag,
    window_start,
    window_end
from load_ledger
where
    table_name = %(table_name)s
    and window_start < %(window_end)s
    and window_end > %(window_start)s
order by load_id
