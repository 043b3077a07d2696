-- No object that this run loaded last has fewer rows than it had in the load
-- before.
-- severity: warning
-- means: a day's file was emptied, cut short or corrected; its rows are gone.
-- to do: hold the file against its older version; if rows lack, land it again.
with

last_loads as (

    select max(load_id) as load_id
    from load_ledger
    where
        table_name = 'staging_events'
        and run_id = %(run_id)s

),

present as (

    select
        ledger.object_key,
        ledger.load_id,
        ledger.rows_read
    from load_ledger as ledger
    inner join last_loads
        on ledger.load_id = last_loads.load_id
    where
        ledger.table_name = 'staging_events'
        and ledger.ignored_by is null

),

earlier as (

    select
        ledger.object_key,
        ledger.rows_read,
        row_number() over (
            partition by ledger.object_key
            order by ledger.load_id desc
        ) as age
    from load_ledger as ledger
    inner join present
        on
            ledger.object_key = present.object_key
            and ledger.load_id < present.load_id
    where
        ledger.table_name = 'staging_events'
        and ledger.rows_read is not null

)

select
    present.object_key,
    earlier.rows_read as rows_before,
    present.rows_read as rows_now
from present
inner join earlier
    on
        present.object_key = earlier.object_key
        and earlier.age = 1
where present.rows_read < earlier.rows_read
