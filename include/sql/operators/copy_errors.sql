-- What the last COPY of this session refused, and loaded the others.
select
    trim(file_name) as file_name,
    line_number,
    trim(column_name) as column_name,
    error_code,
    trim(error_message) as error_message
from sys_load_error_detail
where
    query_id = (
        select max(loads.query_id)
        from sys_load_history as loads
        where loads.session_id = %(session_id)s
    )
order by file_name, line_number
