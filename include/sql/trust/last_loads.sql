-- What was loaded last?
-- Grain: one load of one table. rows_read = rows_staged + rows_outside (of the
-- window) + rows_rejected + rows_misplaced + rows_identical + rows_conflicting.
-- Each is null where no count was kept. objects = those that were read.
select
    load_id,
    table_name,
    max(loaded_at) as loaded_at,
    min(window_start) as window_start,
    max(window_end) as window_end,
    sum(
        case when etag is not null and ignored_by is null then 1 else 0 end
    ) as objects,
    sum(rows_read) as rows_read,
    sum(rows_staged) as rows_staged,
    sum(rows_outside) as rows_outside,
    sum(rows_rejected) as rows_rejected,
    sum(rows_misplaced) as rows_misplaced,
    sum(rows_identical) as rows_identical,
    sum(rows_conflicting) as rows_conflicting,
    dag_id,
    run_id,
    task_id
from load_ledger
where loaded_at >= %(since)s
group by load_id, table_name, dag_id, run_id, task_id
order by loaded_at desc, table_name asc
