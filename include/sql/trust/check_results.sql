-- What did the checks find?
-- Grain: one check in one attempt of one task.
select
    dag_id,
    run_id,
    task_id,
    checked_at,
    window_start,
    window_end,
    check_name,
    severity,
    status,
    failing_rows,
    case when status = 'passed' then null else sample_rows end as sample_rows
from quality_results
where checked_at >= %(since)s
order by checked_at desc, check_name asc
