-- The last COPY of this session that refused a row, before the one to come.
select coalesce(max(query_id), 0) as query_id
from sys_load_error_detail
where session_id = %(session_id)s
