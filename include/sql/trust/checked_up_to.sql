-- Up to when is everything loaded and checked?
-- The end of the newest window that a run has staged and then checked without a
-- failure; null where there is none.
with

checked as (

    select run_id
    from quality_results
    where task_id = 'check_quality'
    group by run_id
    having max(case when status = 'failed' then 1 else 0 end) = 0

)

select max(ledger.window_end) as checked_up_to
from load_ledger as ledger
inner join checked
    on ledger.run_id = checked.run_id
where ledger.ignored_by is null
