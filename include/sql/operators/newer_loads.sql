-- Loads of the same time that were committed after one that was seen.
select count(*) as newer_loads
from load_ledger
where
    table_name = %(table_name)s
    and load_id > %(seen_load)s
    and window_start < %(window_end)s
    and window_end > %(window_start)s
