-- What a COPY refused that failed by it, and so was never the session's last.
select
    trim(file_name) as file_name,
    line_number,
    trim(column_name) as column_name,
    error_code,
    trim(error_message) as error_message
from sys_load_error_detail
where
    session_id = %(session_id)s
    and query_id > %(after_query)s
order by file_name, line_number
