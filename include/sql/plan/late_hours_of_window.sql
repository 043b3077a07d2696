-- Hours of some time that a load found out of date.
select
    load_id,
    hour_start
from load_late_rows
where
    table_name = %(table_name)s
    and hour_start < %(window_end)s
    and hour_start >= %(window_start)s
