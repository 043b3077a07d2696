-- Up to when is everything loaded and checked?
-- The end of the newest window that a run has staged and then checked without a
-- failure; null if there is none. Of a run that was checked several times, the
-- last result of each check counts.
with

results as (

    select
        dag_id,
        run_id,
        status,
        row_number() over (
            partition by dag_id, run_id, check_name
            order by checked_at desc
        ) as age
    from quality_results
    where task_id = 'check_quality'

),

checked as (

    select
        dag_id,
        run_id
    from results
    where age = 1
    group by dag_id, run_id
    having max(case when status = 'failed' then 1 else 0 end) = 0

)

select max(ledger.window_end) as checked_up_to
from load_ledger as ledger
inner join checked
    on
        ledger.dag_id = checked.dag_id
        and ledger.run_id = checked.run_id
where ledger.ignored_by is null
