-- Hours that are out of date, the newest first: the newest load of their day
-- found that the files have changed since. Run these hours again.
with

found_late as (

    select
        late.table_name,
        late.hour_start,
        max(late.load_id) as load_id
    from load_late_rows as late
    group by late.table_name, late.hour_start

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
    late.rows_late,
    late.rows_gone,
    late.object_key,
    late.found_at,
    late.run_id
from load_late_rows as late
inner join out_of_date
    on
        late.table_name = out_of_date.table_name
        and late.hour_start = out_of_date.hour_start
        and late.load_id = out_of_date.load_id
order by
    late.hour_start desc,
    late.table_name asc,
    late.object_key asc
limit 200
