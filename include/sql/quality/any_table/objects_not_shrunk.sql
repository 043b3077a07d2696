-- The files of a day that this run read have at least as many rows as in the
-- load before.
-- severity: warning
-- means: a file of the day was emptied, cut short, corrected or deleted. Its
--   rows are gone.
-- to do: compare the files with their older versions. If rows are missing,
--   upload them again.
with

last_loads as (

    select max(load_id) as load_id
    from load_ledger
    where
        table_name = '{{ table }}'
        and run_id = %(run_id)s

),

days as (

    select distinct date_trunc('day', ledger.window_start) as file_day
    from load_ledger as ledger
    inner join last_loads
        on ledger.load_id = last_loads.load_id
    where
        ledger.table_name = '{{ table }}'
        and ledger.window_start is not null

),

loads as (

    select
        days.file_day,
        ledger.load_id,
        sum(ledger.rows_read) as rows_read,
        row_number() over (
            partition by days.file_day
            order by ledger.load_id desc
        ) as age
    from load_ledger as ledger
    inner join days
        on date_trunc('day', ledger.window_start) = days.file_day
    inner join last_loads
        on ledger.load_id <= last_loads.load_id
    where
        ledger.table_name = '{{ table }}'
        and ledger.rows_read is not null
    group by days.file_day, ledger.load_id

)

select
    present.file_day,
    earlier.rows_read as rows_before,
    present.rows_read as rows_now
from loads as present
inner join loads as earlier
    on
        present.file_day = earlier.file_day
        and earlier.age = 2
where
    present.age = 1
    and present.rows_read < earlier.rows_read
