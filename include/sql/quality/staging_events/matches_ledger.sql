-- Each part of the window has as many staged events as its objects gave. If a
-- later load has touched the window, nothing is checked.
-- severity: error
-- means: somebody wrote to staging_events or load_ledger by hand.
-- to do: clear stage_events of this run, and the tasks after it.
with

last_loads as (

    select max(load_id) as load_id
    from load_ledger
    where
        table_name = 'staging_events'
        and ignored_by is null
        and window_start < %(window_end)s
        and window_end > %(window_start)s

),

parts as (

    select
        ledger.object_key,
        ledger.window_start,
        ledger.window_end,
        ledger.rows_staged
    from load_ledger as ledger
    inner join last_loads
        on ledger.load_id = last_loads.load_id
    where
        ledger.table_name = 'staging_events'
        and ledger.run_id = %(run_id)s
        and ledger.ignored_by is null
        and ledger.rows_staged is not null

)

select
    parts.object_key,
    parts.rows_staged,
    count(staged.ts) as rows_found
from parts
left join staging_events as staged
    on
        parts.window_start <= staged.ts
        and parts.window_end > staged.ts
        and staged.ts >= %(window_start)s
        and staged.ts < %(window_end)s
group by parts.object_key, parts.rows_staged
having parts.rows_staged <> count(staged.ts)
