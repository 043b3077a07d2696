-- Which hours wait for late rows?
-- Grain: one hour of one table whose files have changed since it was loaded, by
-- the newest load of its day.
with

found_late as (

    select
        table_name,
        hour_start,
        max(load_id) as load_id
    from load_late_rows
    group by table_name, hour_start

),

out_of_date as (

    select
        found_late.table_name,
        found_late.hour_start,
        found_late.load_id
    from found_late
    left join load_ledger as reloaded
        on
            found_late.table_name = reloaded.table_name
            and reloaded.ignored_by is null
            and found_late.load_id < reloaded.load_id
            and date_trunc('day', found_late.hour_start)
            = date_trunc('day', reloaded.window_start)
    where reloaded.load_id is null

)

select
    late.table_name,
    late.hour_start,
    sum(late.rows_late) as rows_late,
    sum(late.rows_gone) as rows_gone
from load_late_rows as late
inner join out_of_date
    on
        late.table_name = out_of_date.table_name
        and late.hour_start = out_of_date.hour_start
        and late.load_id = out_of_date.load_id
group by late.table_name, late.hour_start
order by late.hour_start desc, late.table_name asc
