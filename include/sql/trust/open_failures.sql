-- What failed, and has not succeeded since?
-- Grain: one check of one window. A failed load is the check TABLE_loaded. A
-- later success counts if its window covers this one, and for the audit always.
with

failed as (

    select
        dag_id,
        run_id,
        task_id,
        checked_at,
        window_start,
        window_end,
        check_name,
        status,
        failing_rows,
        sample_rows
    from quality_results
    where
        status = 'failed'
        and checked_at >= %(since)s

),

settled as (

    select distinct
        failed.check_name,
        failed.run_id,
        failed.checked_at
    from failed
    inner join quality_results as later
        on
            failed.check_name = later.check_name
            and failed.checked_at < later.checked_at
            and later.status <> 'failed'
            and (
                failed.task_id = 'audit'
                {% for table in tables if not table.event_time %}
                or failed.check_name = '{{ table.name }}_loaded'
                {% endfor %}
                or (
                    failed.window_start >= later.window_start
                    and failed.window_end <= later.window_end
                )
            )

),

newest as (

    select
        check_name,
        window_start,
        window_end,
        max(checked_at) as checked_at
    from failed
    group by check_name, window_start, window_end

)

select failed.*
from failed
inner join newest
    on
        failed.check_name = newest.check_name
        and failed.window_start = newest.window_start
        and failed.window_end = newest.window_end
        and failed.checked_at = newest.checked_at
left join settled
    on
        failed.check_name = settled.check_name
        and failed.run_id = settled.run_id
        and failed.checked_at = settled.checked_at
where settled.check_name is null
order by failed.checked_at desc, failed.check_name asc
