-- Each part of the window has as many staged rows as its objects gave. If a
-- later load has touched the window, nothing is checked.
-- severity: error
-- means: somebody wrote to the table or load_ledger by hand.
-- to do: clear the staging task of this run, and the tasks after it.
with

last_loads as (

    select max(load_id) as load_id
    from load_ledger
    where
        table_name = '{{ table }}'
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
        ledger.table_name = '{{ table }}'
        and ledger.run_id = %(run_id)s
        and ledger.ignored_by is null
        and ledger.rows_staged is not null

)

select
    parts.object_key,
    parts.rows_staged,
    count(staged.{{ event_time }}) as rows_found
from parts
left join {{ table }} as staged
    on
        parts.window_start <= staged.{{ event_time }}
        and parts.window_end > staged.{{ event_time }}
        and staged.{{ event_time }} >= %(window_start)s
        and staged.{{ event_time }} < %(window_end)s
group by parts.object_key, parts.rows_staged
having parts.rows_staged <> count(staged.{{ event_time }})
