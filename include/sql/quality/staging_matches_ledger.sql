-- The window has as many staged events as its last load says that it staged.
-- Nothing is said where a later load has touched the window, too.
-- severity: error
-- means: somebody wrote to staging_events, or its ledger, by hand.
-- to do: clear stage_events of this run, with what follows it.
with

last_loads as (

    select max(load_id) as load_id
    from load_ledger
    where
        table_name = 'staging_events'
        and window_start < %(window_end)s
        and window_end > %(window_start)s

),

ledger as (

    select sum(load_ledger.rows_staged) as rows_staged
    from load_ledger
    inner join last_loads
        on load_ledger.load_id = last_loads.load_id
    where
        load_ledger.table_name = 'staging_events'
        and load_ledger.window_start = %(window_start)s
        and load_ledger.window_end = %(window_end)s

),

staged as (

    select count(*) as rows_found
    from staging_events
    where
        ts >= %(window_start)s
        and ts < %(window_end)s

)

select
    ledger.rows_staged,
    staged.rows_found
from ledger
cross join staged
where ledger.rows_staged <> staged.rows_found
