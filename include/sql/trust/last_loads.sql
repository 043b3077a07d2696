-- What was loaded last?
-- Grain: one load of one table. rows_read is null where it read several objects
-- at once, since COPY does not say which row came from which.
select
    load_id,
    table_name,
    dag_id,
    run_id,
    task_id,
    max(loaded_at) as loaded_at,
    min(window_start) as window_start,
    max(window_end) as window_end,
    count(*) as objects,
    sum(rows_read) as rows_read,
    sum(rows_staged) as rows_staged,
    sum(rows_rejected) as rows_rejected
from load_ledger
where loaded_at >= %(since)s
group by load_id, table_name, dag_id, run_id, task_id
order by loaded_at desc, table_name asc
