-- Which hours wait for late rows?
-- Grain: one hour of one table whose files have changed since it was loaded, by
-- the newest load of its day.
{% from "macros.jinja" import hours_out_of_date %}
with

out_of_date as (

    {{ hours_out_of_date() }}

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
