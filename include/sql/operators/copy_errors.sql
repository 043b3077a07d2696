-- What the last COPY of this session refused.
select
    trim(file_name) as file_name,
    line_number,
    trim(column_name) as column_name,
    error_code,
    trim(error_message) as error_message
from sys_load_error_detail
where
    session_id = pg_backend_pid()
    and query_id = (

        select max(latest.query_id)
        from sys_load_error_detail as latest
        where
            latest.session_id = pg_backend_pid()
            and latest.start_time >= %(since)s

    )
order by file_name, line_number
limit 1000
