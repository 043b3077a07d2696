-- Rows that a COPY refused.
select
    trim(file_name) as file_name,
    line_number,
    trim(column_name) as column_name,
    error_code,
    trim(error_message) as error_message
from sys_load_error_detail
where query_id = %(query_id)s
order by file_name, line_number
