-- How many rows each object lost to each reason, over all its loads.
select
    table_name,
    object_key,
    column_name,
    reason,
    count(distinct coalesce(cast(line_number as varchar(20)), raw_text))
        as rejected_rows,
    count(distinct load_id) as loads,
    max(rejected_at) as last_rejected_at
from load_errors
group by table_name, object_key, column_name, reason
order by
    last_rejected_at desc,
    table_name asc,
    object_key asc
limit 200
