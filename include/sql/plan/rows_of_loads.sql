-- How many rows each load kept of its part of some time.
-- Grain: one load of one part of time. Objects that no load reads do not count.
select
    load_id,
    window_start,
    window_end,
    sum(rows_staged) as rows_staged
from load_ledger
where
    table_name = '{{ table }}'
    and ignored_by is null
    and rows_staged is not null
    and window_start < %(window_end)s
    and window_end > %(since)s
group by load_id, window_start, window_end
