-- Runs that have staged something since a moment, and had not finished the
-- checks after their loads when the audit began.
select distinct ledger.run_id
from load_ledger as ledger
left join quality_results as results
    on
        ledger.run_id = results.run_id
        and ledger.dag_id = results.dag_id
        and results.task_id = 'check_quality'
        and ledger.loaded_at <= results.checked_at
where
    ledger.loaded_at >= %(since)s
    and (results.run_id is null or results.checked_at > %(began)s)
