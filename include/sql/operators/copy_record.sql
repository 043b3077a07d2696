-- What the COPYs of this session did, in their order.
select
    query_id,
    trim(status) as status,
    loaded_rows,
    error_count
from sys_load_history
where
    session_id = %(session_id)s
    and start_time >= %(began)s
order by start_time, query_id
