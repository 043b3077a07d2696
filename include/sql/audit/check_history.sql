-- Checks that found something, with the rows that they found: the newest first.
select
    checked_at,
    check_name,
    severity,
    status,
    failing_rows,
    window_start,
    window_end,
    run_id,
    sample_rows
from quality_results
where status <> 'passed'
order by
    checked_at desc,
    check_name asc
limit 200
